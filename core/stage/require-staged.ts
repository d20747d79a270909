import { Refusal, refuseInput } from '../errors.ts';
import type { HeldLease } from '../model/lease.ts';
import { deadlineOf } from '../model/lease.ts';
import type { Resource } from '../model/resource.ts';
import type { StagedMembers } from '../world/staged-members.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import { isHeldByStage } from './stage-of.ts';

/** Characters of what clients say: a stage, a holder, a request id. */
export const STAGE_TEXT_LENGTH_MAX = 1_024;

/** Refuses a text of a client's that is empty or too long. */
export function requireText(member: string, text: string): void {
  if (text.length >= 1 && text.length <= STAGE_TEXT_LENGTH_MAX) return;
  throw refuseInput(`/${member}`, `${member} is a text of 1 to ${STAGE_TEXT_LENGTH_MAX} characters`);
}

/** A pool with what is derived of it because its members are handed over by stage. Errors: `pool_not_found`, `invalid_input`. */
export function requireStagedPool(
  tx: Transaction,
  name: string,
): { readonly state: PoolState; readonly staged: StagedMembers } {
  const state = tx.requirePool(name, '/pool');
  if (state.staged !== null) return { state, staged: state.staged };
  throw refuseInput(
    '/pool',
    `the members of pool "${name}" are not handed over by stage; give the pool stages first`,
  );
}

/** A member of any pool that is handed over by stage. What leaves is gone for clients. Errors: `resource_not_found`. */
export function requireStagedMember(tx: Transaction, name: string): Resource {
  const found = tx.world.resources.get(tx.world.stagedByName.get(name) ?? '');
  if (found !== undefined && found.status !== 'exiting') return found;
  throw new Refusal('resource_not_found', `There is no resource "${name}" that is handed over by stage.`);
}

/**
 * The lease under which the holder has the member.
 *
 * Errors: `not_the_holder`, also for what is lent natively: that is given back by ending its lease.
 */
export function requireHolding(tx: Transaction, resource: Resource, holder: string): HeldLease {
  const lease = tx.world.leases.get(resource.leaseId ?? '');
  const isHeld = lease !== undefined && lease.status !== 'queued';
  if (isHeld && isHeldByStage(resource) && lease.holder === holder) return lease;
  const isNative = isHeld && resource.status !== 'free' && !isHeldByStage(resource);
  const how = isNative ? ` by lease ${lease.id}; that lease has to be ended` : '';
  const who = isHeld && resource.status !== 'free' ? `"${lease.holder}" has it${how}` : 'nobody has it';
  throw new Refusal('not_the_holder', `Resource "${resource.name}" is not held by "${holder}": ${who}.`);
}

/** Refuses a holder that was silent for too long, also where the tick that takes the member away has yet to come. */
export function requireInTime(tx: Transaction, lease: HeldLease, name: string): void {
  if (deadlineOf(lease) > tx.now) return;
  throw new Refusal(
    'not_the_holder',
    `"${lease.holder}" was silent for too long and has lost resource "${name}". Take another.`,
  );
}
