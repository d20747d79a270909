import type { Resource } from '../model/resource.ts';
import type { Waiter } from '../model/stage.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { StagedMembers } from '../world/staged-members.ts';
import type { Transaction } from '../world/transaction.ts';
import { addDynamicMember } from './add-member.ts';
import { handOver } from './hand-over.ts';
import { findRepeated, rememberTaken } from './remember-taken.ts';
import { requireStagedPool, requireText } from './require-staged.ts';
import { waiterId } from './waiter-id.ts';

/** Requests that wait for one stage of one pool. Who comes then is answered, and has no place. */
const STAGE_WAITERS_MAX = 10_000;
/** The same over all stages of one pool: stages are free text, and anybody can say new ones. */
export const POOL_WAITERS_MAX = 100_000;
/** How long a place is kept for a request that was not asked again in time, in milliseconds. */
const PLACE_KEPT_MS = 60_000;

export type TakeByStage = {
  readonly type: 'takeByStage';
  readonly pool: string;
  readonly stage: string;
  /** Where the member stands while its holder has it. */
  readonly dest: string;
  readonly holder: string;
  /** Under what the request waits its turn; null: it does not wait. */
  readonly request: string | null;
  /** How long the request keeps its place without being asked again, in milliseconds. */
  readonly askWithinMs: number;
};

/** `empty`: the pool has no member at all. `waitedMs`: since the request came first; null where it did not wait. */
export type TakenByStage =
  | {
      readonly result: 'taken';
      readonly resource: Resource;
      readonly lease: string;
      readonly waitedMs: number | null;
    }
  | { readonly result: 'none' | 'empty'; readonly position: number | null };

/**
 * Takes the member whose turn it is: of those that stand at the stage in nobody's hands, the one at the request's own place. So as many
 * requests are served as there are members, in whatever order they ask, and none is kept from its member by one that does not ask.
 *
 * Shape: who gets nothing keeps its place for as long as it asks again in time. A request that is new and finds nothing makes a member where
 * they come and go by themselves. Emits `lease.granted` and `resource.staged`.
 * Errors: `pool_not_found`, `invalid_input`, `over_quota`.
 * Source: invariants S4 and S5 in docs/spec/stages.md; Boskos's request ids.
 */
export function takeByStage(tx: Transaction, input: TakeByStage): TakenByStage {
  const { state, staged } = requireStagedPool(tx, input.pool);
  for (const member of ['stage', 'dest', 'holder'] as const) requireText(member, input[member]);
  if (input.request !== null) requireText('request', input.request);
  const waiter = waiterOf(tx, input);
  const repeated = findRepeated(tx, state.pool, input);
  if (repeated !== undefined) {
    if (waiter !== null) tx.remove('waiter', waiter.id);
    return { result: 'taken', ...repeated, waitedMs: 0 };
  }
  if (state.pool.status === 'removing') return nothing(state, null);
  const rank = staged.line(input.stage)?.rank(waiter, tx.now) ?? 1;
  const member = staged.acquirable(input.stage)?.at(rank - 1);
  if (member === undefined) return keepPlace(tx, input, { state, staged, waiter, rank });
  if (waiter !== null) tx.remove('waiter', waiter.id);
  const waitedMs = input.request === null ? null : tx.now - (waiter?.createdAt ?? tx.now);
  const resource = handOver(tx, member, { holder: input.holder, dest: input.dest, waitedMs });
  const lease = resource.leaseId as string;
  rememberTaken(tx, state.pool, { ...input, lease });
  return { result: 'taken', resource, lease, waitedMs };
}

function waiterOf({ world }: Transaction, { pool, stage, request }: TakeByStage): Waiter | null {
  return request === null ? null : (world.waiters.get(waiterId({ pool, stage, request })) ?? null);
}

type Place = {
  readonly state: PoolState;
  readonly staged: StagedMembers;
  readonly waiter: Waiter | null;
  readonly rank: number;
};

function keepPlace(
  tx: Transaction,
  { pool, stage, request, askWithinMs }: TakeByStage,
  { state, staged, waiter, rank }: Place,
): TakenByStage {
  if (request === null) return nothing(state, null);
  if (waiter === null && isFull(staged, stage)) return nothing(state, null);
  const askBy = tx.now + askWithinMs;
  const place = waiter ?? {
    id: waiterId({ pool, stage, request }),
    pool,
    stage,
    request,
    seq: tx.nextLeaseSeq(),
    createdAt: tx.now,
  };
  tx.put('waiter', place.id, { ...place, askBy, expiresAt: askBy + PLACE_KEPT_MS });
  const dynamic = state.pool.stages?.dynamic;
  const isMade = waiter === null && dynamic !== undefined && state.members.size < dynamic.max;
  if (isMade) addDynamicMember(tx, state.pool);
  return nothing(state, rank);
}

function isFull(staged: StagedMembers, stage: string): boolean {
  return staged.waitingCount >= POOL_WAITERS_MAX || (staged.line(stage)?.size ?? 0) >= STAGE_WAITERS_MAX;
}

function nothing(state: PoolState, position: number | null): TakenByStage {
  return { result: state.members.size === 0 ? 'empty' : 'none', position };
}
