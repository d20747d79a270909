import { refuseInput } from '../errors.ts';
import type { Pool } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import type { StageSpec } from '../model/stage.ts';
import { POOLS_MAX, takeSpec } from '../pool/put-pool.ts';
import { removePool } from '../pool/remove-pool.ts';
import { isOut, setFate } from '../resource/fate.ts';
import { requireFreeName } from '../resource/register-resource.ts';
import type { PoolState } from '../world/pool-state.ts';
import { compareText } from '../world/sorted-list.ts';
import type { Transaction } from '../world/transaction.ts';
import { addMember } from './add-member.ts';
import { isSynced, SYNCED_BY_STAGES, SYNCED_LABEL } from './is-synced.ts';
import { letGo } from './let-go.ts';

/** A type as a configuration says it. */
export type ConfiguredType = StageSpec & {
  /** The pool that it becomes. */
  readonly pool: string;
  /** Members by name; empty where they come and go by themselves. */
  readonly names: readonly string[];
};

export type SyncStages = {
  readonly type: 'syncStages';
  /** Of new pools. */
  readonly provider: string;
  readonly types: readonly ConfiguredType[];
};

/**
 * What came and went, by name. `waiting`: they are in somebody's hands, and go when they come back; one that the configuration names in
 * another pool is made there by the next such command.
 */
export type StagesSynced = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly waiting: readonly string[];
};

/** Members that one configuration names. */
export const SYNCED_NAMES_MAX = 100_000;

/** What a pool is that a configuration of stages makes. */
const KIND = 'resource';

type Tally = { readonly added: string[]; readonly removed: string[]; readonly waiting: string[] };

/**
 * Makes the pools that are handed over by stage those of a configuration, in one decision.
 *
 * Shape: what the configuration names no longer goes at once where nobody has it, else when it comes back; members that stay keep their
 * stage, holder and data. Pools that the configuration did not make, and members of them that it does not name, stay. How many there are of
 * those that come and go by themselves is settled in the same decision.
 * Errors: `invalid_input`, `resource_name_taken`, those of `putPool`.
 * Source: invariant S9 in docs/spec/stages.md; Boskos's synchronisation of its configuration.
 */
export function syncStages(tx: Transaction, { provider, types }: SyncStages): StagesSynced {
  requireBounds(types);
  const tally: Tally = { added: [], removed: [], waiting: [] };
  const byPool = new Map(types.map((type) => [type.pool, type]));
  // What goes first makes room for a name that moves to another pool.
  for (const state of syncedPools(tx)) dropUnnamed(tx, state, { byPool, tally });
  for (const type of types) putType(tx, provider, type);
  for (const type of types) for (const name of type.names) addNamed(tx, { type, name }, tally);
  const { added, removed, waiting } = tally;
  const again = new Set(added);
  const gone = removed.filter((name) => !again.has(name));
  return {
    added: added.toSorted(compareText),
    removed: gone.toSorted(compareText),
    waiting: [...new Set(waiting)].toSorted(compareText),
  };
}

function requireBounds(types: readonly ConfiguredType[]): void {
  if (types.length > POOLS_MAX) throw refuseInput('/types', `there are at most ${POOLS_MAX} types`);
  const count = types.reduce((sum, { names }) => sum + names.length, 0);
  if (count > SYNCED_NAMES_MAX)
    throw refuseInput('/types', `a configuration names at most ${SYNCED_NAMES_MAX} members, not ${count}`);
  const pools = new Set<string>();
  types.forEach(({ pool, names, dynamic }, index) => {
    if (pools.has(pool)) throw refuseInput(`/types/${index}/pool`, `two types become pool "${pool}"`);
    pools.add(pool);
    if (dynamic !== undefined && names.length > 0)
      throw refuseInput(`/types/${index}/names`, 'members that come and go by themselves have no names here');
  });
}

/** In order of their names: the order of a map is not that of the world that is loaded. */
function syncedPools({ world }: Transaction): PoolState[] {
  return [...world.pools.values()]
    .filter(({ pool }) => isSynced(pool))
    .toSorted((a, b) => compareText(a.pool.name, b.pool.name));
}

type Dropping = { readonly byPool: ReadonlyMap<string, ConfiguredType>; readonly tally: Tally };

function dropUnnamed(tx: Transaction, state: PoolState, { byPool, tally }: Dropping): void {
  const type = byPool.get(state.pool.name);
  // What was registered is taken over where members come and go by themselves from now on.
  if (type?.dynamic !== undefined) return;
  const names = new Set(type?.names ?? []);
  const members = [...state.members].map((id) => tx.world.resources.get(id) as Resource);
  for (const member of members) if (!names.has(member.name)) dropMember(tx, member, tally);
  if (type !== undefined || state.pool.status === 'removing') return;
  // Where other pools hang under it, it stays, and has no members any more.
  tx.attempt(() => removePool(tx, { type: 'removePool', name: state.pool.name }));
  const left = tx.world.pools.get(state.pool.name)?.pool;
  if (left?.status === 'open') makeStatic(tx, left);
}

function makeStatic(tx: Transaction, { name, stages }: Pool): void {
  if (stages?.dynamic === undefined) return;
  const { dynamic: _, ...rest } = stages;
  takeSpec(tx, { type: 'putPool', name, merge: true, spec: { stages: rest } });
}

function dropMember(tx: Transaction, member: Resource, { removed, waiting }: Tally): void {
  if (isOut(member)) {
    setFate(tx, member, 'retire');
    waiting.push(member.name);
    return;
  }
  if (member.status !== 'exiting') letGo(tx, member, 'the configuration does not name it any more');
  (tx.world.resources.has(member.id) ? waiting : removed).push(member.name);
}

function putType(tx: Transaction, provider: string, type: ConfiguredType): void {
  const { pool: name, names: _names, ...said } = type;
  const current = tx.world.pools.get(name);
  if (current === undefined) {
    const labels = { [SYNCED_LABEL]: SYNCED_BY_STAGES };
    const spec = { provider, kind: KIND, labels, stages: said };
    takeSpec(tx, { type: 'putPool', name, merge: false, spec });
    return;
  }
  if (current.pool.status === 'removing' && isSynced(current.pool)) reopen(tx, current.pool);
  // What such a configuration has no words for stays as somebody said it.
  const { silenceMs, isRepeatable } = current.pool.stages ?? {};
  const kept = {
    ...(silenceMs === undefined ? {} : { silenceMs }),
    ...(isRepeatable === undefined ? {} : { isRepeatable }),
  };
  takeSpec(tx, { type: 'putPool', name, merge: true, spec: { stages: { ...kept, ...said } } });
}

function reopen(tx: Transaction, pool: Pool): void {
  const open = tx.put('pool', pool.name, { ...pool, status: 'open', version: pool.version + 1 });
  tx.emit('pool.changed', { pool: pool.name }, { version: open.version });
}

function addNamed(
  tx: Transaction,
  { type, name }: { type: ConfiguredType; name: string },
  { added, waiting }: Tally,
): void {
  const state = tx.requirePool(type.pool);
  const known = tx.world.resources.get(state.idByName.get(name) ?? '');
  if (known !== undefined) {
    // It was to go when it comes back, and is named again.
    if (known.fate === 'retire') setFate(tx, known, 'recycle');
    return;
  }
  const elsewhere = tx.world.resources.get(tx.world.stagedByName.get(name) ?? '');
  if (elsewhere !== undefined && isSynced(tx.requirePool(elsewhere.pool).pool)) {
    waiting.push(name);
    return;
  }
  requireFreeName(tx.world, state, { name });
  addMember(tx, state.pool, { name, stage: type.initial });
  added.push(name);
}
