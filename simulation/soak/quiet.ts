import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from './cloud.ts';
import { twice } from './moves.ts';
import { isAllocated } from './pool-client.ts';
import type { Machine, PoolClient, PoolSize } from './pool-client.ts';

const LOOK_EVERY_MS = 100;

export type QuietInput = {
  readonly cloud: Cloud;
  readonly pools: readonly PoolClient[];
  /** Tag of the cloud that marks the machines of a pool, by the pool's name; undefined: the machine bears none. */
  readonly poolOf: (tags: Readonly<Record<string, string>>) => string | undefined;
  /** How long it may take until everything has come to rest, in milliseconds. */
  readonly withinMs: number;
};

/** Waits until everything is at rest and right, and answers what is still wrong when it has had its time; nothing where all is right. */
export async function untilQuiet(input: QuietInput): Promise<string[]> {
  const until = Date.now() + input.withinMs;
  for (;;) {
    const wrong = await findWrong(input);
    if (wrong.length === 0 || Date.now() > until) return wrong;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Everything that has to hold once nobody asks for anything and the cloud is well. */
async function findWrong({ cloud, pools, poolOf }: QuietInput): Promise<string[]> {
  const wrong: string[] = [];
  const listed = new Map<string, string>();
  for (const pool of pools) {
    const [machines, size] = [await pool.machines(), await pool.size()];
    if (machines === undefined || size === undefined) {
      wrong.push(`pool ${pool.name} tells neither its machines nor its size`);
      continue;
    }
    wrong.push(...wrongSize(pool.name, machines, size));
    for (const { id } of machines.filter(isAllocated)) {
      const other = listed.get(id);
      if (other !== undefined) wrong.push(`machine ${id} is in ${other} and in ${pool.name}`);
      listed.set(id, pool.name);
    }
  }
  const alive = await cloud.alive();
  for (const { id, tags } of alive) {
    const pool = poolOf(tags);
    if (pool !== undefined && !listed.has(id))
      wrong.push(`machine ${id} is alive in the cloud for ${pool}, which does not list it`);
  }
  // What bears no mark is nobody's: a pool whose machines bear none could not be found out.
  const marked = new Set(alive.filter(({ tags }) => poolOf(tags) !== undefined).map(({ id }) => id));
  const there = new Set(alive.map(({ id }) => id));
  for (const [id, pool] of listed) {
    if (!there.has(id)) wrong.push(`${pool} lists machine ${id}, which is not in the cloud`);
    else if (!marked.has(id)) wrong.push(`machine ${id} of ${pool} does not bear its mark`);
  }
  return wrong;
}

function wrongSize(pool: string, machines: readonly Machine[], size: PoolSize): string[] {
  const wrong = [twice(machines, pool)].filter((fault) => fault !== null);
  const allocated = machines.filter(isAllocated);
  const active = allocated.filter(({ membershipStatus }) => membershipStatus.active);
  const disposable = allocated.filter(
    ({ membershipStatus: { active: counts, evictable } }) => !counts && evictable,
  );
  if (size.active !== active.length || size.allocated !== allocated.length)
    wrong.push(
      `${pool} counts ${size.active} of ${size.allocated}, and lists ${active.length} of ${allocated.length}`,
    );
  if (size.active < size.desiredSize)
    wrong.push(`${pool} has ${size.active} machines of ${size.desiredSize}`);
  // What may not be taken away is all that may be too much.
  const kept = active.filter(({ membershipStatus }) => !membershipStatus.evictable).length;
  if (size.active > Math.max(size.desiredSize, kept))
    wrong.push(`${pool} has ${size.active} machines, more than ${size.desiredSize}`);
  if (disposable.length > 0) wrong.push(`${pool} still has machines that are to be disposed of`);
  return wrong;
}
