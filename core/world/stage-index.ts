import type { Pool } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import type { Waiter } from '../model/stage.ts';
import { livesUntil } from '../stage/lives-until.ts';
import type { Deadline } from './deadline.ts';
import type { PoolState } from './pool-state.ts';
import type { SortedList } from './sorted-list.ts';

/** What of the world is derived from stages, open for writing. */
type StageIndexes = {
  readonly pools: ReadonlyMap<string, PoolState>;
  readonly stagedByName: Map<string, string>;
  readonly poolOfType: Map<string, string>;
  readonly deadlines: SortedList<Deadline>;
};

/** What clients call the pool, and, where its members come to be handed over by stage or no longer are, their names. */
export function indexType(world: StageIndexes, state: PoolState | undefined, after: Pool | undefined): void {
  const [was, is] = [state?.pool.stages, after?.stages];
  if (was?.type !== is?.type) {
    if (was !== undefined && world.poolOfType.get(was.type) === state?.pool.name)
      world.poolOfType.delete(was.type);
    if (is !== undefined) world.poolOfType.set(is.type, (after as Pool).name);
  }
  if ((was === undefined) === (is === undefined)) return;
  for (const [name, id] of state?.idByName ?? []) {
    if (is === undefined) dropName(world, name, id);
    else world.stagedByName.set(name, id);
  }
}

/** Somebody else may have the name by now. */
export function dropName(
  { stagedByName }: Pick<StageIndexes, 'stagedByName'>,
  name: string,
  id: string,
): void {
  if (stagedByName.get(name) === id) stagedByName.delete(name);
}

/** When a member has lived long enough. */
export function indexStage(
  { deadlines }: StageIndexes,
  before: Resource | undefined,
  after: Resource | undefined,
): void {
  const was = before === undefined ? null : livesUntil(before);
  const is = after === undefined ? null : livesUntil(after);
  if (was === is) return;
  if (was !== null) deadlines.remove({ at: was, kind: 'stage', id: (before as Resource).id });
  if (is !== null) deadlines.add({ at: is, kind: 'stage', id: (after as Resource).id });
}

/** Who waits in which line. */
export function indexWaiter(
  { pools }: StageIndexes,
  before: Waiter | undefined,
  after: Waiter | undefined,
): void {
  const pool = (after ?? before)?.pool ?? '';
  pools.get(pool)?.staged?.changeWaiter(before, after);
}
