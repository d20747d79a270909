import { Refusal, refuseInput } from '../errors.ts';
import { compileFilter } from '../filter/filter.ts';
import type { Resource } from '../model/resource.ts';
import { moveResource } from '../resource/move-resource.ts';
import type { MoveResource } from '../resource/move-resource.ts';
import { requireRegistrable } from '../resource/register-resource.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import { chooseMembers } from './choose-members.ts';
import type { Chosen, NamedMember } from './choose-members.ts';
import { parentOf, ROOT_POOL } from './pool-tree.ts';

/** Resources that one decision moves. */
export const MOVE_COUNT_MAX = 1_000;

export type MoveMembers = {
  readonly type: 'moveMembers';
  /** `add`: from another pool into this one; `remove`: from this one to another. */
  readonly direction: 'add' | 'remove';
  readonly pool: string;
  /** The other pool; left out: the one that this one hangs under. */
  readonly other?: string;
  /** How many, 1 where nothing is said, and how many at least: all of them where nothing is said. */
  readonly count?: number;
  readonly minimum?: number;
  /** Every one that fits; at least `minimum`, or 0. */
  readonly isAll?: boolean;
  readonly names?: readonly string[];
  readonly ids?: readonly string[];
  readonly match?: Readonly<Record<string, string>>;
  readonly filter?: string;
  /** What the call adds to the exit of the one pool and the enter of the other. */
  readonly on?: MoveResource['on'];
  /** The pools that the caller may use, for the other one; null: all. */
  readonly grant: readonly string[] | null;
};

export type MembersMoved = {
  readonly moved: readonly Resource[];
  /** How many more fit and were not moved, because one decision moves no more. */
  readonly left: number;
};

/**
 * Moves resources between two pools that are kept by hand, in one decision: as many as are wanted, or nothing at all where
 * fewer than the minimum can.
 *
 * Shape: each goes by the rules of `moveResource`.
 * Errors: `pool_not_found`, `invalid_input`, `pool_is_sized`, `pool_being_removed`, `too_few_members`.
 * Source: invariants P19 to P21; Digital Rebar's count, minimum, list and filter.
 */
export function moveMembers(tx: Transaction, input: MoveMembers): MembersMoved {
  const named = namedIn(input);
  const { wanted, minimum } = requireNumbers(input, named.length);
  const { source, target } = requirePools(tx, input);
  if (input.filter !== undefined) compileFilter(input.filter);
  const { members, left, unfit, reasons } = chooseMembers(
    tx.world,
    { source, target },
    {
      named: named.length === 0 ? null : named,
      limit: wanted,
      match: input.match ?? {},
      filter: input.filter ?? null,
    },
  );
  if (members.length < minimum) {
    throw tooFew({ members, left, unfit, reasons }, { source, target, minimum });
  }
  const on = input.on === undefined ? {} : { on: input.on };
  const moved = members.map(({ id }) =>
    moveResource(tx, { type: 'moveResource', resource: id, pool: target.pool.name, ...on }),
  );
  return { moved, left: input.isAll === true ? left : 0 };
}

function namedIn({ names = [], ids = [] }: MoveMembers): NamedMember[] {
  return [
    ...names.map((text, index) => ({ by: 'name' as const, text, pointer: `/names/${index}` })),
    ...ids.map((text, index) => ({ by: 'id' as const, text, pointer: `/ids/${index}` })),
  ];
}

function requireNumbers(
  { count, minimum, isAll = false, names, ids }: MoveMembers,
  namedCount: number,
): { wanted: number; minimum: number } {
  const isNamed = names !== undefined || ids !== undefined;
  if (isNamed && namedCount === 0) {
    throw refuseInput(names === undefined ? '/ids' : '/names', 'name at least one, or leave this out');
  }
  if (count !== undefined && (isNamed || isAll)) {
    throw refuseInput(
      '/count',
      `count stands beside ${isAll ? 'all' : 'names or ids'}; leave one of them out`,
    );
  }
  if (isNamed && isAll) throw refuseInput('/all', 'all stands beside names or ids; leave one of them out');
  const wanted = isAll ? MOVE_COUNT_MAX : isNamed ? namedCount : (count ?? 1);
  if (wanted > MOVE_COUNT_MAX) {
    throw refuseInput(isNamed ? '/names' : '/count', `at most ${MOVE_COUNT_MAX} move at once, not ${wanted}`);
  }
  const least = minimum ?? (isAll ? 0 : wanted);
  if (least > wanted) {
    throw refuseInput(
      '/minimum',
      `minimum is at most ${wanted}, ${isAll ? 'which is the most that move at once' : 'as many as are wanted'}`,
    );
  }
  return { wanted, minimum: least };
}

function requirePools(tx: Transaction, input: MoveMembers): { source: PoolState; target: PoolState } {
  const own = tx.requirePool(input.pool);
  const other = requireOther(tx, input, own);
  const [source, target] = input.direction === 'add' ? [other, own] : [own, other];
  requireRegistrable(tx, target);
  const differs = (['kind', 'provider'] as const).find(
    (member) => source.pool[member] !== target.pool[member],
  );
  if (differs !== undefined) {
    throw refuseInput(
      memberFor(input),
      `Pool "${source.pool.name}" has ${differs} "${source.pool[differs]}" and pool "${target.pool.name}" has "${target.pool[differs]}"; resources move between pools of one kind and provider. Name another pool with "${wordFor(input)}".`,
    );
  }
  return { source, target };
}

function requireOther(tx: Transaction, input: MoveMembers, own: PoolState): PoolState {
  const { pool, grant, other } = input;
  const name = other ?? parentOf(own.pool);
  const word = wordFor(input);
  if (name === null) {
    throw refuseInput(
      memberFor(input),
      `"${ROOT_POOL}" is the root of all pools, so say another pool with "${word}"`,
    );
  }
  if (name === pool) throw refuseInput(memberFor(input), `"${pool}" is that pool itself; name another`);
  const state = grant === null || grant.includes(name) ? tx.world.pools.get(name) : undefined;
  if (state !== undefined) return state;
  throw refuseInput(
    memberFor(input),
    whyNoOther(own, name, { isSaid: other !== undefined, word }),
    'pool_not_found',
  );
}

function whyNoOther(
  own: PoolState,
  name: string,
  { isSaid, word }: { isSaid: boolean; word: string },
): string {
  const { name: pool } = own.pool;
  if (isSaid) return `There is no pool "${name}". See the pools that exist with GET /v1/pools.`;
  if (name === ROOT_POOL) {
    return `Pool "${pool}" hangs under the root, and there is no pool "${ROOT_POOL}" that you may use. Name the other pool with "${word}", give "${pool}" a parent, or make a pool "${ROOT_POOL}" of its kind and provider.`;
  }
  return `There is no pool that "${pool}" hangs under and that you may use. Name the other pool with "${word}".`;
}

function wordFor({ direction }: MoveMembers): 'from' | 'to' {
  return direction === 'add' ? 'from' : 'to';
}

function memberFor(input: MoveMembers): string {
  return `/${wordFor(input)}`;
}

function tooFew(
  { members, unfit, reasons }: Chosen,
  { source, target, minimum }: { source: PoolState; target: PoolState; minimum: number },
): Refusal {
  const told = [...reasons].map(([why, count]) => `${count} ${count === 1 ? 'is' : 'are'} ${why}`);
  const others = told.length === 0 ? 'There are no others.' : `Of the others, ${told.join(', ')}.`;
  return new Refusal(
    'too_few_members',
    `${members.length} of at least ${minimum} can move from pool "${source.pool.name}" to pool "${target.pool.name}", so none was moved. ${others} Wait until more are free, or ask for fewer with minimum.`,
    {
      faults: unfit.map(({ named, why }) => ({
        pointer: named.pointer,
        message: `"${named.text}" is ${why}`,
      })),
    },
  );
}
