import { refuseInput } from '../errors.ts';
import type { Pool, PoolSpec } from '../model/pool.ts';
import { TOMBSTONE_STAGE, UNWANTED_STAGE } from '../model/stage.ts';
import type { DynamicSpec, StageSpec } from '../model/stage.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import { STAGE_TEXT_LENGTH_MAX } from './require-staged.ts';

/** Members that come and go by themselves in one pool. */
export const DYNAMIC_MEMBERS_MAX = 100_000;

/**
 * Refuses stages that a pool cannot have.
 *
 * Errors: `invalid_input`: what does not go together in one pool; a type that another pool has; a name of a member that a member of another
 * such pool has; and taking stages away while somebody has a member by stage, or one stands there.
 */
export function requireStages(tx: Transaction, spec: PoolSpec, current: Pool | undefined): void {
  const state = tx.world.pools.get(spec.name);
  if (spec.stages === undefined) {
    if (current?.stages !== undefined) requireUnused(state as PoolState);
    return;
  }
  requireFittingSpec(tx, spec, spec.stages);
  requireType(tx, spec.name, spec.stages.type);
  if (current !== undefined && current.stages === undefined) requireFreeNames(tx, state as PoolState);
}

function requireFittingSpec(tx: Transaction, spec: PoolSpec, stages: StageSpec): void {
  if (spec.on.allocate !== undefined)
    throw refuseInput('/on/allocate', 'what is taken by stage is taken at once; leave on.allocate out');
  if (spec.split !== undefined)
    throw refuseInput(
      '/split',
      'a pool that divides its size has no members of its own to hand over by stage',
    );
  if (spec.rounds !== undefined)
    throw refuseInput('/stages', 'the members of a cloud pool instance are not handed over by stage');
  if (spec.recycle === 'replace')
    throw refuseInput('/recycle', 'what is handed over by stage comes back to one; say recycle: clean');
  const { initial, silenceMs, dynamic } = stages;
  if (initial.length < 1 || initial.length > STAGE_TEXT_LENGTH_MAX)
    throw refuseInput('/stages/initial', `initial is a text of 1 to ${STAGE_TEXT_LENGTH_MAX} characters`);
  if (silenceMs !== undefined && !(Number.isFinite(silenceMs) && silenceMs >= 1))
    throw refuseInput('/stages/silence', 'silence is more than 0; leave it out where somebody else watches');
  if (dynamic === undefined) return;
  if (tx.world.providers.get(spec.provider)?.makes === true)
    throw refuseInput(
      '/stages/dynamic',
      `the size of the pool says how many members provider "${spec.provider}" makes; leave dynamic out`,
    );
  requireDynamic(dynamic);
  if (initial === UNWANTED_STAGE || initial === TOMBSTONE_STAGE)
    throw refuseInput('/stages/initial', `what begins at "${initial}" goes at once; name another stage`);
}

function requireDynamic({ min, max, lifespanMs, needs }: DynamicSpec): void {
  const isCount = (count: number) => Number.isInteger(count) && count >= 0 && count <= DYNAMIC_MEMBERS_MAX;
  const counts = { min, max };
  for (const [member, count] of Object.entries(counts)) {
    if (!isCount(count))
      throw refuseInput(
        `/stages/dynamic/${member}`,
        `${member} is a whole number from 0 to ${DYNAMIC_MEMBERS_MAX}`,
      );
  }
  if (min > max) throw refuseInput('/stages/dynamic/min', `min is at most max (${max})`);
  if (lifespanMs !== null && !(Number.isFinite(lifespanMs) && lifespanMs > 0))
    throw refuseInput('/stages/dynamic/lifespan', 'lifespan is more than 0; leave it out for ever');
  for (const [type, count] of Object.entries(needs)) {
    if (!isCount(count))
      throw refuseInput(
        `/stages/dynamic/needs/${type}`,
        `needs of "${type}" is a whole number from 0 to ${DYNAMIC_MEMBERS_MAX}`,
      );
  }
}

function requireType(tx: Transaction, pool: string, type: string): void {
  if (type.length < 1 || type.length > STAGE_TEXT_LENGTH_MAX)
    throw refuseInput('/stages/type', `type is a text of 1 to ${STAGE_TEXT_LENGTH_MAX} characters`);
  const other = tx.world.poolOfType.get(type);
  if (other === undefined || other === pool) return;
  throw refuseInput('/stages/type', `pool "${other}" is the one of type "${type}"; give each its own`);
}

/** Members are given back by name alone, so no two of them share one, over all pools that are handed over by stage. */
function requireFreeNames(tx: Transaction, state: PoolState): void {
  for (const name of state.idByName.keys()) {
    const other = tx.world.resources.get(tx.world.stagedByName.get(name) ?? '');
    if (other !== undefined)
      throw refuseInput(
        '/stages',
        `pool "${other.pool}" has a member "${name}" too, and what is handed over by stage needs a name of its own`,
      );
  }
}

function requireUnused({ staged, pool }: PoolState): void {
  if (staged?.isInUse !== true) return;
  throw refuseInput(
    '/stages',
    `members of pool "${pool.name}" stand at stages or were taken by stage; bring all back to free first, then take stages away`,
  );
}
