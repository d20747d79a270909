import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BoskosLoadInput, BoskosLoadOutput } from '../load/boskos-load.ts';
import type { HttpLoadInput, HttpLoadOutput } from '../load/http-load.ts';
import { runLoad } from '../load/run-load.ts';
import { figureOf } from '../scenario.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { findFreePort, startServer } from '../server-under-test.ts';
import type { ServerUnderTest } from '../server-under-test.ts';

const TYPES = 250;
const TYPES_QUICK = 20;
const NAMES_EACH = 40;
const CONNECTIONS = 64;
/** Types of which the bench has everything, and for which clients wait. */
const WANTED = 10;
const WAITERS_EACH = 50;
const WAITERS_EACH_QUICK = 5;
/** As often as the Go client asks again. */
const ASK_EVERY_MS = 3_000;
const ASK_EVERY_MS_QUICK = 300;
const NATIVE_POOL = 'native';
const NATIVE_RESOURCES = 1_000;
const NATIVE_RESOURCES_QUICK = 100;
const REGISTERING_AT_ONCE = 32;

type Round = { readonly native: HttpLoadOutput; readonly boskos: BoskosLoadOutput };

/** Acquire and release over the API of Boskos beside the native cycle of the same server, while clients of others poll for what is not free. */
export const boskos: Scenario = {
  name: 'boskos',
  about: `${TYPES * NAMES_EACH} resources in ${TYPES} types, ${WANTED * WAITERS_EACH} clients that poll: acquire and release, beside the native cycle`,
  async run(context) {
    const data = join(context.directory, 'boskos');
    const types = Array.from(
      { length: context.isQuick ? TYPES_QUICK : TYPES },
      (_, index) => `type-${index}`,
    );
    const port = await findFreePort();
    const options = ['--config', writeConfiguration(data, types), '--port', String(port), '--data', data];
    const ports = ['--host', '127.0.0.1', '--metrics-port', '0', '--health-port', '0'];
    await using server = await startServer({
      entry: context.serverEntry,
      data,
      pools: [],
      command: ['compat', 'boskos', ...options, ...ports],
    });
    await makeNativePool(context, server);
    const url = `http://127.0.0.1:${port}`;
    const wanted = types.slice(0, WANTED);
    await takeAll(url, wanted);
    const load = await prepareLoad(context, { server, url, wanted, types: types.slice(WANTED) });
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      rounds.push(await load());
      context.say(`round ${round} of ${context.rounds}`);
    }
    return resultOf(rounds);
  },
};

/** Answers the path of the file. */
function writeConfiguration(data: string, types: readonly string[]): string {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const file = join(data, 'boskos.yaml');
  const resources = types.map((type) => ({
    type,
    state: 'free',
    names: Array.from({ length: NAMES_EACH }, (_, index) => `${type}-${index}`),
  }));
  // Every JSON text is YAML.
  writeFileSync(file, JSON.stringify({ resources }));
  return file;
}

async function makeNativePool({ isQuick }: ScenarioContext, { api }: ServerUnderTest): Promise<void> {
  const providers = await api.call<{ items: readonly { name: string; makes: boolean }[] }>(
    'GET',
    '/v1/providers',
  );
  const provider = providers.items.find(({ makes }) => !makes)?.name;
  await api.call('PUT', `/v1/pools/${NATIVE_POOL}`, { provider });
  const count = isQuick ? NATIVE_RESOURCES_QUICK : NATIVE_RESOURCES;
  let next = 0;
  const register = async (): Promise<void> => {
    while (next < count) {
      const name = `machine-${next++}`;
      await api.call('POST', '/v1/resources', { pool: NATIVE_POOL, name, labels: { arch: 'amd64' } });
    }
  };
  await Promise.all(Array.from({ length: REGISTERING_AT_ONCE }, register));
}

/** Takes everything of some types, so that whoever asks for them has to wait. Errors: any other answer than that. */
async function takeAll(url: string, types: readonly string[]): Promise<void> {
  for (const type of types) {
    for (let taken = 0; taken < NAMES_EACH; taken += 1) {
      const query = new URLSearchParams({ type, state: 'free', dest: 'busy', owner: 'bench' });
      const answer = await fetch(`${url}/acquire?${query.toString()}`, { method: 'POST' });
      if (answer.status !== 200)
        throw new Error(`/acquire was answered ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
    }
  }
}

async function prepareLoad(
  { isQuick }: ScenarioContext,
  {
    server,
    url,
    types,
    wanted,
  }: { server: ServerUnderTest; url: string } & Pick<BoskosLoadInput, 'types' | 'wanted'>,
): Promise<() => Promise<Round>> {
  const target = await server.api.createHolderToken('bench-load');
  const times = isQuick ? { warmUpMs: 500, measureMs: 1_500 } : { warmUpMs: 3_000, measureMs: 10_000 };
  const polling = isQuick
    ? { waitersEach: WAITERS_EACH_QUICK, askEveryMs: ASK_EVERY_MS_QUICK }
    : { waitersEach: WAITERS_EACH, askEveryMs: ASK_EVERY_MS };
  const common = { connections: CONNECTIONS, ...times };
  return async () => ({
    native: await runLoad<HttpLoadInput, HttpLoadOutput>('http-load.ts', {
      ...common,
      target,
      turn: 'cycle',
      pool: NATIVE_POOL,
      match: { arch: 'amd64' },
    }),
    boskos: await runLoad<BoskosLoadInput, BoskosLoadOutput>('boskos-load.ts', {
      ...common,
      ...polling,
      url,
      types,
      wanted,
    }),
  });
}

function resultOf(rounds: readonly Round[]) {
  const figure = (what: string, unit: string, pick: (round: Round) => number) =>
    figureOf(what, unit, rounds.map(pick));
  return {
    figures: [
      figure(
        'acquire+release / native cycle, requests/s',
        '×',
        ({ boskos: b, native: n }) => b.requestsPerSecond / n.requestsPerSecond,
      ),
      figure('acquire+release', 'requests/s', (r) => r.boskos.requestsPerSecond),
      figure('native cycle', 'requests/s', (r) => r.native.requestsPerSecond),
      figure('acquire p50', 'ms', (r) => r.boskos.acquired.p50),
      figure('acquire p99', 'ms', (r) => r.boskos.acquired.p99),
      figure('release p50', 'ms', (r) => r.boskos.released.p50),
      figure('release p99', 'ms', (r) => r.boskos.released.p99),
      figure('native acquire p50', 'ms', (r) => r.native.first.p50),
      figure('native acquire p99', 'ms', (r) => r.native.first.p99),
      figure('a poll that has to wait, p50', 'ms', (r) => r.boskos.polled.p50),
      figure('a poll that has to wait, p99', 'ms', (r) => r.boskos.polled.p99),
      figure('polls', '/s', (r) => r.boskos.pollsPerSecond),
    ],
    notes: ['the native cycle runs alone; acquire and release run beside the clients that poll'],
    details: { rounds },
  };
}
