import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCloud } from '../cloud-under-test.ts';
import type { CloudStatus, CloudUnderTest } from '../cloud-under-test.ts';
import { runLoad } from '../load/run-load.ts';
import type { SteadyLoadInput, SteadyLoadOutput } from '../load/steady-load.ts';
import { figureOf } from '../scenario.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { seedStore } from '../seed-store.ts';
import { startServer } from '../server-under-test.ts';
import type { ServerUnderTest } from '../server-under-test.ts';

const FILLED_POOL = 'filled';
const PROBE_POOL = 'probe';
/** More than are leased at once when a busy machine stands still for seconds. */
const PROBE_RESOURCES = 5_000;
const SIZE_DEFAULT = 2_000;
const SIZE_QUICK = 250;
/** What the configuration allows: a burst that is small, and makes up for a call that a busy machine starts late. */
const CALLS_PER_SECOND = 50;
const LIMITS = { rate: CALLS_PER_SECOND, burst: 10 };
/** A hundredth is left for the burst, and for the way to the cloud, which no two calls take equally fast. */
const BUDGET = { atMost: CALLS_PER_SECOND * 1.01 };
const LOOK_EVERY_MS = 200;
/** No more time than this is measured of the quiet, and of a long filling. */
const QUIET_MS_MAX = 60_000;
const FILLING_MS_MAX = 600_000;
const WARM_UP_MS = 1_000;
/** A filling that takes so many times as long as its rate allows, and so many milliseconds more, has failed. */
const PATIENCE = 3;
const PATIENCE_MS = 30_000;
const CREATE_ROUTE = 'POST /machines';

/** `mainMicros`: processor time of the server's main thread for one lease, in microseconds. */
type Loaded = SteadyLoadOutput & { readonly mainMicros: number };
type Round = {
  readonly quiet: Loaded;
  readonly filling: Loaded;
  readonly rate: Rate;
  /** From the decision to the last member being free. */
  readonly filledMs: number;
};
/** Calls of the cloud's API a second, as the cloud counted them. */
type Rate = { readonly mean: number; readonly busiest: number; readonly all: number };

/** A large pool is filled through a provider that may be called 50 times a second, while others lease from another pool. */
export const fill: Scenario = {
  name: 'fill',
  about: `a pool of simulated machines is filled at ${CALLS_PER_SECOND} calls a second, while another pool is leased from`,
  async run(context) {
    const size = context.isQuick ? SIZE_QUICK : (context.size ?? SIZE_DEFAULT);
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      rounds.push(await fillOnce(context, size, join(context.directory, `fill-${round}`)));
      context.say(`round ${round} of ${context.rounds}`);
    }
    const ratio = (pick: (load: Loaded) => number): number[] =>
      rounds.map(({ quiet, filling }) => pick(filling) / pick(quiet));
    const of = (pick: (round: Round) => number): number[] => rounds.map(pick);
    return {
      figures: [
        figureOf(
          'machines made a second',
          '/s',
          of((r) => r.rate.mean),
          BUDGET,
        ),
        figureOf(
          'the same, of what is allowed',
          '%',
          of((r) => (r.rate.mean / CALLS_PER_SECOND) * 100),
        ),
        figureOf(
          'machines made in the busiest second',
          '/s',
          of((r) => r.rate.busiest),
        ),
        figureOf(
          'all calls of the API, looks included',
          '/s',
          of((r) => r.rate.all),
        ),
        figureOf(
          `all ${size} are free after`,
          's',
          of((r) => r.filledMs / 1_000),
        ),
        figureOf(
          'processor time of the main thread a lease, filling / quiet',
          '×',
          ratio((load) => load.mainMicros),
        ),
        figureOf(
          'acquire p50, filling / quiet',
          '×',
          ratio((load) => load.acquires.p50),
        ),
        figureOf(
          'acquire p99, filling / quiet',
          '×',
          ratio((load) => load.acquires.p99),
        ),
        figureOf(
          'release p50, filling / quiet',
          '×',
          ratio((load) => load.releases.p50),
        ),
        figureOf(
          'release p99, filling / quiet',
          '×',
          ratio((load) => load.releases.p99),
        ),
        figureOf(
          'acquire p99, quiet',
          'ms',
          of((r) => r.quiet.acquires.p99),
        ),
        figureOf(
          'acquire p99, filling',
          'ms',
          of((r) => r.filling.acquires.p99),
        ),
        figureOf(
          'the client asks late by, p99, filling',
          'ms',
          of((r) => r.filling.lateness.p99),
        ),
        figureOf(
          'the longest acquire, filling',
          'ms',
          of((r) => r.filling.acquires.max),
        ),
      ],
      notes: [
        `${size} machines; 200 leases a second, whether or not those before are answered. Looks at what is there count too.`,
      ],
      details: { size, rounds },
    };
  },
};

async function fillOnce(context: ScenarioContext, size: number, data: string): Promise<Round> {
  await seedStore(data, [{ name: PROBE_POOL, resources: PROBE_RESOURCES }]);
  await using cloud = await startCloud(context.serverEntry);
  await using server = await startServer({
    entry: context.serverEntry,
    data,
    pools: [PROBE_POOL],
    more: {
      providers: [{ name: 'cloud', driver: 'simulated', url: cloud.url, limits: LIMITS }],
      pools: [{ name: FILLED_POOL, provider: 'cloud', size: { desired: 0 } }],
    },
  });
  const target = await server.api.createHolderToken('bench-load');
  const expectedMs = (size / CALLS_PER_SECOND) * 1_000;
  // The load is over before the filling is, so that all of it was measured meanwhile.
  const fillingMs = Math.min(FILLING_MS_MAX, Math.max(500, expectedMs * 0.8 - WARM_UP_MS));
  const load = async (measureMs: number): Promise<Loaded> => {
    const before = server.processorMs();
    const input = { target, pool: PROBE_POOL, warmUpMs: WARM_UP_MS, measureMs };
    const output = await runLoad<SteadyLoadInput, SteadyLoadOutput>('steady-load.ts', input);
    const mainMs = server.processorMs().main - before.main;
    return { ...output, mainMicros: (mainMs * 1_000) / output.leasesInAll };
  };
  const quiet = await load(Math.min(QUIET_MS_MAX, fillingMs));
  const startedAt = performance.now();
  await server.api.call('PATCH', `/v1/pools/${FILLED_POOL}`, { size: { desired: size } });
  const watched = watchFilling({ cloud, server, size, withinMs: expectedMs * PATIENCE + PATIENCE_MS });
  const filling = await load(fillingMs);
  return { quiet, filling, rate: rateOf(await watched), filledMs: performance.now() - startedAt };
}

type Watch = {
  readonly cloud: CloudUnderTest;
  readonly server: ServerUnderTest;
  readonly size: number;
  readonly withinMs: number;
};

/** Looks at the cloud again and again until all members are free. Errors: when that takes too long. */
async function watchFilling({ cloud, server, size, withinMs }: Watch): Promise<CloudStatus[]> {
  const seen: CloudStatus[] = [];
  const deadline = performance.now() + withinMs;
  for (;;) {
    const status = await cloud.status();
    seen.push(status);
    if ((status.machines['RUNNING'] ?? 0) >= size) {
      const pool = await server.api.call<{ resources: Record<string, number> }>(
        'GET',
        `/v1/pools/${FILLED_POOL}`,
      );
      if (pool.resources['free'] === size) break;
    }
    if (performance.now() > deadline)
      throw new Error(`not all ${size} machines are there after ${withinMs} ms`);
    await sleep(LOOK_EVERY_MS);
  }
  const made = callsOf(seen.at(-1), CREATE_ROUTE);
  if (made !== size) throw new Error(`${made} machines were asked for, not ${size}`);
  return seen;
}

/** Counted by the cloud, on the cloud's clock, while machines were made. */
function rateOf(seen: readonly CloudStatus[]): Rate {
  const made = callsOf(seen.at(-1), CREATE_ROUTE);
  const during = seen.filter((status) => {
    const count = callsOf(status, CREATE_ROUTE);
    return count > LIMITS.burst && count < made;
  });
  const [from, to] = [during.at(0), during.at(-1)];
  if (from === undefined || to === undefined || from === to) throw new Error('the filling was over at once');
  const seconds = during.flatMap((begin, index) => {
    const end = during.slice(index).find(({ at }) => at - begin.at >= 1_000);
    return end === undefined ? [] : [ratePer(begin, end, CREATE_ROUTE)];
  });
  return {
    mean: ratePer(from, to, CREATE_ROUTE),
    busiest: Math.max(...seconds, 0),
    all: ratePer(from, to),
  };
}

/** Calls a second between two looks. */
function ratePer(from: CloudStatus, to: CloudStatus, route?: string): number {
  return ((callsOf(to, route) - callsOf(from, route)) * 1_000) / (to.at - from.at);
}

function callsOf(status: CloudStatus | undefined, route?: string): number {
  const { calls = {} } = status ?? {};
  if (route !== undefined) return calls[route] ?? 0;
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}
