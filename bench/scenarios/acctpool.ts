import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from '../api-client.ts';
import { figureOf } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';
import { findFreePort, startServer } from '../server-under-test.ts';
import { latenciesOf } from '../statistics.ts';
import type { Latencies } from '../statistics.ts';

const ACCOUNTS = 10;
const PENDING = 1_000;
const PENDING_QUICK = 30;
/** Reservations that are cancelled in a round, one after another. */
const RELEASES = 100;
const RELEASES_QUICK = 5;
/** A release that gives nobody an account within this time has failed, in milliseconds. */
const GRANTED_WITHIN_MS = 10_000;
const TOKEN = 'bench';

type Round = { readonly granted: Latencies; readonly released: Latencies };
type Reservation = { readonly status: string };

/** Many reservations wait for few accounts: how soon the next client sees that it has one. */
export const acctpool: Scenario = {
  name: 'acctpool',
  about: `${PENDING} reservations wait for ${ACCOUNTS} accounts; one after another is cancelled`,
  async run(context) {
    const [pending, releases] = context.isQuick ? [PENDING_QUICK, RELEASES_QUICK] : [PENDING, RELEASES];
    const data = join(context.directory, 'acctpool');
    const port = await findFreePort();
    const options = ['--config', writeConfiguration(data), '--port', String(port), '--host', '127.0.0.1'];
    await using _server = await startServer({
      entry: context.serverEntry,
      data,
      pools: [],
      // What cleaning takes is the cleaner's; what is measured is ours.
      command: ['compat', 'acctpool', ...options, '--cleaner', 'none-i-accept-unclean', '--data', data],
    });
    const client = new ApiClient({ url: `http://127.0.0.1:${port}`, token: TOKEN });
    // In the order in which they get accounts.
    const line: string[] = [];
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      while (line.length < ACCOUNTS + pending) line.push(await reserve(client));
      rounds.push(await measure(client, line, releases));
      context.say(`round ${round} of ${context.rounds}`);
    }
    client.close();
    const figure = (what: string, pick: (round: Round) => number) => figureOf(what, 'ms', rounds.map(pick));
    return {
      figures: [
        figure('cancelled → the next client sees its account, p50', ({ granted }) => granted.p50),
        figure('the same, p99', ({ granted }) => granted.p99),
        figure('the same, the longest', ({ granted }) => granted.max),
        figure('the cancelling itself, p99', ({ released }) => released.p99),
      ],
      notes: [
        `${releases} of ${ACCOUNTS + pending} reservations are cancelled in a round; nothing is cleaned in between`,
      ],
      details: { rounds },
    };
  },
};

/** Answers the path of the file. */
function writeConfiguration(data: string): string {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const file = join(data, 'acctpool.yml');
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => ({
    username: `account-${index}`,
    password: `password-${index}`,
  }));
  // Every JSON text is YAML.
  writeFileSync(file, JSON.stringify({ tokens: [{ id: TOKEN }], accounts }));
  return file;
}

/** Answers the id. */
async function reserve({ target }: ApiClient): Promise<string> {
  const answer = await fetch(`${target.url}/reservations?token=${TOKEN}`, {
    method: 'POST',
    redirect: 'manual',
  });
  const id = /^\/reservations\/([^?]+)/.exec(answer.headers.get('location') ?? '')?.[1];
  if (id === undefined)
    throw new Error(`a reservation was answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
  return id;
}

/** Cancels the oldest, which has an account, and looks at the first that waits until it has one. */
async function measure(client: ApiClient, line: string[], releases: number): Promise<Round> {
  const granted: number[] = [];
  const released: number[] = [];
  await untilActive(client, line[ACCOUNTS - 1] as string);
  for (let turn = 0; turn < releases; turn += 1) {
    const [over, next] = [line.shift() as string, line[ACCOUNTS - 1] as string];
    const startedAt = performance.now();
    await client.call('DELETE', `/reservations/${over}?token=${TOKEN}`);
    released.push(performance.now() - startedAt);
    await untilActive(client, next);
    granted.push(performance.now() - startedAt);
  }
  return { granted: latenciesOf(granted), released: latenciesOf(released) };
}

async function untilActive(client: ApiClient, id: string): Promise<void> {
  const deadline = performance.now() + GRANTED_WITHIN_MS;
  for (;;) {
    const { status } = await client.call<Reservation>('GET', `/reservations/${id}?token=${TOKEN}`);
    if (status === 'active') return;
    if (performance.now() > deadline) throw new Error(`${id} is ${status} after ${GRANTED_WITHIN_MS} ms`);
  }
}
