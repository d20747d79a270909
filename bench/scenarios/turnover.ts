import { join } from 'node:path';
import { figureOf } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';
import { makePools, startTurnoverServer } from '../turnover-server.ts';
import type { TurnoverServer } from '../turnover-server.ts';

const POOLS = { plain: 'plain', turned: 'turned' } as const;
const RESOURCES = 1_000;
const RESOURCES_QUICK = 100;
const CYCLES_UNMEASURED = 2;
/** How long all resources may take to be free again, in milliseconds. */
const FREE_WITHIN_MS = 120_000;

/** For one resource: from the request of its lease until it is free again. Microseconds. */
type Cost = { readonly wall: number; readonly main: number };
type Round = { readonly plain: Cost; readonly turned: Cost };

/** A lease cycle whose resource is wiped, verified and recorded, against one whose resource is free at once. */
export const turnover: Scenario = {
  name: 'turnover',
  about: `${RESOURCES} resources lent and given back at once: free again at once, against three steps and a signed record`,
  async run({ directory, isQuick, rounds: count, say }) {
    const resources = isQuick ? RESOURCES_QUICK : RESOURCES;
    await using server = await startTurnoverServer(join(directory, 'turnover'));
    await makePools(server, { ...POOLS, resources });
    for (let cycle = 0; cycle < CYCLES_UNMEASURED; cycle += 1)
      for (const pool of Object.values(POOLS)) await costOf(server, { pool, resources });
    const rounds: Round[] = [];
    for (let round = 1; round <= count; round += 1) {
      const plain = await costOf(server, { pool: POOLS.plain, resources });
      const turned = await costOf(server, { pool: POOLS.turned, resources });
      rounds.push({ plain, turned });
      say(`round ${round} of ${count}`);
    }
    return resultOf(rounds);
  },
};

/** Lends every resource of a pool, takes all of them back, and waits until they are free. */
async function costOf(
  server: TurnoverServer,
  { pool, resources }: { pool: string; resources: number },
): Promise<Cost> {
  const { keeper } = server;
  const isFree = untilFreed(server, { pool, resources });
  const [startedAt, before] = [performance.now(), mainMicros()];
  const leases = await Promise.all(
    Array.from({ length: resources }, () =>
      keeper.ask({ type: 'requestLease', holder: 'bench', items: [{ pool, count: 1 }] }),
    ),
  );
  await Promise.all(leases.map(({ id }) => keeper.ask({ type: 'endLease', lease: id, asHolder: null })));
  await isFree;
  const wallMs = performance.now() - startedAt;
  return { wall: (wallMs * 1_000) / resources, main: (mainMicros() - before) / resources };
}

/** Resolves when as many resources of the pool became free. Errors: when they do not in time. */
function untilFreed(
  server: TurnoverServer,
  { pool, resources }: { pool: string; resources: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let freed = 0;
    const late = setTimeout(
      () =>
        reject(
          new Error(`${freed} of ${resources} resources of ${pool} are free after ${FREE_WITHIN_MS} ms.`),
        ),
      FREE_WITHIN_MS,
    );
    const unsubscribe = server.subscribe((events) => {
      for (const event of events) if (event.type === 'resource.freed' && event.pool === pool) freed += 1;
      if (freed < resources) return;
      unsubscribe();
      clearTimeout(late);
      resolve();
    });
  });
}

/** Of this thread alone: the store writes in another. */
function mainMicros(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function resultOf(rounds: readonly Round[]) {
  const of = (pick: (round: Round) => number): number[] => rounds.map(pick);
  return {
    figures: [
      figureOf(
        'turnover / lease cycle alone, processor time of the main thread',
        '×',
        of((r) => r.turned.main / r.plain.main),
      ),
      figureOf(
        'turnover / lease cycle alone, wall time',
        '×',
        of((r) => r.turned.wall / r.plain.wall),
      ),
      figureOf(
        'lease cycle alone, main thread',
        'µs',
        of((r) => r.plain.main),
      ),
      figureOf(
        'with its turnover, main thread',
        'µs',
        of((r) => r.turned.main),
      ),
      figureOf(
        'lease cycle alone, wall time',
        'µs',
        of((r) => r.plain.wall),
      ),
      figureOf(
        'with its turnover, wall time',
        'µs',
        of((r) => r.turned.wall),
      ),
    ],
    notes: ['without HTTP; a turnover is three steps that do nothing and one signed record'],
    details: { rounds },
  };
}
