import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';
import { startCloud } from '../cloud-under-test.ts';
import { figureOf } from '../scenario.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { findFreePort, startServer } from '../server-under-test.ts';
import type { ServerUnderTest } from '../server-under-test.ts';
import { latenciesOf } from '../statistics.ts';
import type { Latencies } from '../statistics.ts';

const INSTANCES = 50;
const MACHINES = 1_000;
const INSTANCES_QUICK = 3;
const MACHINES_QUICK = 20;
/** How long the pools may take to fill, in milliseconds. */
const FILL_MS_MAX = 30 * 60_000;
const LOOK_EVERY_MS = 500;
/** How often each question is asked, one after another, over all instances in turn. */
const SIZES_ASKED = 2_000;
const POOLS_ASKED = 200;
const ASKED_QUICK = 20;
/** How long nothing but updates goes on while their cost is measured, in milliseconds. */
const UPDATES_MS = 30_000;
const UPDATES_MS_QUICK = 1_000;
const UPDATE_EVERY_MS = 5_000;
const UPDATE_EVERY_MS_QUICK = 200;

const ms = (time: number): object => ({ time, unit: 'milliseconds' });

type Round = {
  readonly size: Latencies;
  readonly pool: Latencies;
  /** The empty route of the same server, in the same round. */
  readonly empty: Latencies;
  readonly updateMs: number;
};

/** Many cloud pools of many machines each on one server: what their clients ask most, and what keeping them costs. */
export const cloudpool: Scenario = {
  name: 'cloudpool',
  about: `${INSTANCES} cloud pools of ${MACHINES} machines each on one server: GET /pool/size, GET /pool, updates, memory`,
  async run(context) {
    const { isQuick } = context;
    const shape = {
      instances: isQuick ? INSTANCES_QUICK : INSTANCES,
      machines: isQuick ? MACHINES_QUICK : MACHINES,
    };
    await using cloud = await startCloud(context.serverEntry);
    const data = join(context.directory, 'cloudpool');
    const port = await findFreePort();
    const options = ['--http-port', String(port), '--storage-dir', data, '--cloud', cloud.url];
    await using server = await startServer({
      entry: context.serverEntry,
      data,
      pools: [],
      command: ['compat', 'cloudpool', '--multipool', '--driver', 'simulated', ...options],
    });
    const client = new ApiClient({ url: `http://127.0.0.1:${port}`, token: '' });
    const emptyBytes = server.residentBytes();
    const filledMs = await fillAll(context, client, shape);
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      rounds.push(await measure(context, { client, server, ...shape }));
      context.say(`round ${round} of ${context.rounds}`);
    }
    const bytes = server.residentBytes();
    client.close();
    const of = (pick: (round: Round) => number): number[] => rounds.map(pick);
    const count = shape.instances * shape.machines;
    return {
      figures: [
        figureOf(
          'GET /pool/size p50',
          'ms',
          of(({ size }) => size.p50),
        ),
        figureOf(
          'GET /pool/size p99',
          'ms',
          of(({ size }) => size.p99),
        ),
        figureOf(
          'GET /pool/size p50 / empty route p50',
          '×',
          of(({ size, empty }) => size.p50 / empty.p50),
        ),
        figureOf(
          `GET /pool of ${shape.machines} machines p50`,
          'ms',
          of(({ pool }) => pool.p50),
        ),
        figureOf(
          `GET /pool of ${shape.machines} machines p99`,
          'ms',
          of(({ pool }) => pool.p99),
        ),
        figureOf(
          'processor time of an update that finds all well',
          'ms',
          of(({ updateMs }) => updateMs),
        ),
        { what: `all ${count} machines are there after`, value: filledMs / 1_000, unit: 's' },
        { what: 'memory of the server, full', value: bytes / 1_024 / 1_024, unit: 'MiB' },
        { what: 'memory a machine', value: (bytes - emptyBytes) / count, unit: 'bytes' },
      ],
      notes: [
        `${shape.instances} instances of ${shape.machines} machines; one question at a time. Updates list all machines of their pool at the cloud.`,
      ],
      details: { ...shape, rounds, filledMs, bytes, emptyBytes },
    };
  },
};

type Shape = { readonly instances: number; readonly machines: number };

/** Makes, configures, starts and sizes every instance, and waits until all of their machines are there. Answers how long that took. */
async function fillAll(
  context: ScenarioContext,
  client: ApiClient,
  { instances, machines }: Shape,
): Promise<number> {
  const startedAt = performance.now();
  for (let index = 0; index < instances; index += 1) {
    const name = nameOf(index);
    await client.call('POST', name);
    await client.call('POST', `${name}/config`, configurationOf(context, index));
    await client.call('POST', `${name}/start`);
    await client.call('POST', `${name}/pool/size`, { desiredSize: machines });
  }
  for (let index = 0; index < instances; index += 1) {
    for (;;) {
      const { active } = await client.call<{ active: number }>('GET', `${nameOf(index)}/pool/size`);
      if (active >= machines) break;
      if (performance.now() - startedAt > FILL_MS_MAX)
        throw new Error(`instance ${index} has ${active} of ${machines} machines after ${FILL_MS_MAX} ms`);
      await sleep(LOOK_EVERY_MS);
    }
    if ((index + 1) % 10 === 0) context.say(`${index + 1} of ${instances} instances are full`);
  }
  return performance.now() - startedAt;
}

function nameOf(index: number): string {
  return `/cloudpools/bench-${index}`;
}

function configurationOf({ isQuick }: ScenarioContext, index: number): object {
  return {
    name: `bench-${index}`,
    cloudApiSettings: {},
    provisioningTemplate: { size: 'small', region: 'bench-1' },
    poolFetch: {
      retries: { maxRetries: 3, initialBackoffDelay: ms(3_000) },
      // What is measured is updates, each of which lists the machines anyway.
      refreshInterval: ms(3_600_000),
      reachabilityTimeout: ms(7_200_000),
    },
    poolUpdate: { updateInterval: ms(isQuick ? UPDATE_EVERY_MS_QUICK : UPDATE_EVERY_MS) },
  };
}

async function measure(
  { isQuick }: ScenarioContext,
  { client, server, instances }: Shape & { readonly client: ApiClient; readonly server: ServerUnderTest },
): Promise<Round> {
  const ask = async (api: ApiClient, path: (turn: number) => string, times: number): Promise<Latencies> => {
    const taken: number[] = [];
    for (let turn = 0; turn < times; turn += 1) {
      const startedAt = performance.now();
      await api.call('GET', path(turn));
      taken.push(performance.now() - startedAt);
    }
    return latenciesOf(taken);
  };
  const sizes = isQuick ? ASKED_QUICK : SIZES_ASKED;
  const size = await ask(client, (turn) => `${nameOf(turn % instances)}/pool/size`, sizes);
  const empty = await ask(server.api, () => '/healthz', sizes);
  const pool = await ask(
    client,
    (turn) => `${nameOf(turn % instances)}/pool`,
    isQuick ? ASKED_QUICK : POOLS_ASKED,
  );
  const [lastMs, everyMs] = isQuick
    ? [UPDATES_MS_QUICK, UPDATE_EVERY_MS_QUICK]
    : [UPDATES_MS, UPDATE_EVERY_MS];
  const before = server.processorMs();
  await sleep(lastMs);
  const updates = (lastMs / everyMs) * instances;
  return { size, empty, pool, updateMs: (server.processorMs().main - before.main) / updates };
}
