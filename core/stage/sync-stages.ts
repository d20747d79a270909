import { Refusal, refuseInput } from '../errors.ts';
import type { Pool } from '../model/pool.ts';
import type { Resource, Successor } from '../model/resource.ts';
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
import { setSuccessor } from './succeed-member.ts';

/** A type as a configuration says it. */
export type ConfiguredType = StageSpec & {
  /** The pool that it becomes. */
  readonly pool: string;
  /** Members by name; empty where they come and go by themselves. */
  readonly names: readonly string[];
  /** Where single ones of them stand first, by name; the others at `initial`. */
  readonly initialOf?: Readonly<Record<string, string>>;
};

export type SyncStages = {
  readonly type: 'syncStages';
  /** Of new pools. */
  readonly provider: string;
  readonly types: readonly ConfiguredType[];
};

/**
 * What came and went, by name. `waiting`: they are in somebody's hands, or on their way out, and go then; one that the configuration names
 * in another pool is made there as soon as it is gone.
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
  const byName = typesByName(types);
  // What goes first makes room for a name that moves to another pool.
  for (const state of syncedPools(tx)) dropUnnamed(tx, state, { byPool, byName, tally });
  types.forEach((type, index) => {
    const put = tx.attempt(() => putType(tx, provider, type));
    if (put instanceof Refusal) throw refusalOfType(put, { type, index });
  });
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

/** Which type names a member. Errors: `invalid_input` where two do. */
function typesByName(types: readonly ConfiguredType[]): ReadonlyMap<string, ConfiguredType> {
  const byName = new Map<string, ConfiguredType>();
  types.forEach((type, index) => {
    for (const name of type.names) {
      const other = byName.get(name) ?? type;
      if (other !== type)
        throw refuseInput(
          `/types/${index}/names`,
          `type "${type.type}" names member "${name}", which type "${other.type}" names too`,
        );
      byName.set(name, type);
    }
  });
  return byName;
}

/** The same refusal, with the type that it is about. */
function refusalOfType(
  refused: Refusal,
  { type, index }: { readonly type: ConfiguredType; readonly index: number },
): Refusal {
  const message = `type "${type.type}": ${refused.message}`;
  const faults = refused.faults.map(({ pointer }) => ({ pointer: `/types/${index}${pointer}`, message }));
  return new Refusal(refused.code, message, { faults, cause: refused });
}

/** In order of their names: the order of a map is not that of the world that is loaded. */
function syncedPools({ world }: Transaction): PoolState[] {
  return [...world.pools.values()]
    .filter(({ pool }) => isSynced(pool))
    .toSorted((a, b) => compareText(a.pool.name, b.pool.name));
}

type Dropping = {
  readonly byPool: ReadonlyMap<string, ConfiguredType>;
  readonly byName: ReadonlyMap<string, ConfiguredType>;
  readonly tally: Tally;
};

function dropUnnamed(tx: Transaction, state: PoolState, { byPool, byName, tally }: Dropping): void {
  const type = byPool.get(state.pool.name);
  const members = [...state.members].map((id) => tx.world.resources.get(id) as Resource);
  for (const member of members) {
    const namedBy = byName.get(member.name);
    // What was registered is taken over where members come and go by themselves from now on.
    const isKept = namedBy === undefined ? type?.dynamic !== undefined : namedBy === type;
    if (!isKept) dropMember(tx, setSuccessor(tx, member, successorOf(member, namedBy)), tally);
  }
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

function successorOf({ name }: Resource, type: ConfiguredType | undefined): Successor | undefined {
  return type && { pool: type.pool, stage: initialOf(type, name) };
}

function initialOf({ initial, initialOf: said }: ConfiguredType, name: string): string {
  return said !== undefined && Object.hasOwn(said, name) ? (said[name] as string) : initial;
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
  const { pool: name, names: _names, initialOf: _initialOf, ...said } = type;
  const current = tx.world.pools.get(name);
  if (current === undefined) {
    const labels = { [SYNCED_LABEL]: SYNCED_BY_STAGES };
    const spec = { provider, kind: KIND, labels, stages: said };
    takeSpec(tx, { type: 'putPool', name, merge: false, spec });
    return;
  }
  if (current.pool.status === 'removing' && isSynced(current.pool)) reopen(tx, current.pool);
  takeSpec(tx, { type: 'putPool', name, merge: true, spec: { stages: said } });
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
    if (known.fate === 'retire') setFate(tx, setSuccessor(tx, known, undefined), 'recycle');
    return;
  }
  const elsewhere = tx.world.resources.get(tx.world.stagedByName.get(name) ?? '');
  if (elsewhere !== undefined && isSynced(tx.requirePool(elsewhere.pool).pool)) {
    waiting.push(name);
    return;
  }
  requireFreeName(tx.world, state, { name });
  addMember(tx, state.pool, { name, stage: initialOf(type, name) });
  added.push(name);
}
