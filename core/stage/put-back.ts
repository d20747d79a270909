import { finishLeaseAt } from '../lease/end-lease.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { requireHolding, requireStagedMember, requireText } from './require-staged.ts';

export type PutBack = {
  readonly type: 'putBack';
  readonly name: string;
  readonly holder: string;
  /** Where it stands from then on. */
  readonly dest: string;
};

/**
 * Gives a member back, at the stage that its holder says: there it stands, or it is cleaned first, or goes.
 *
 * Shape: ends its lease; answers the member, undefined where it is gone. Emits `lease.ended` and `resource.staged`.
 * Errors: `invalid_input`, `resource_not_found`, `not_the_holder`.
 * Source: invariant S6 in docs/spec/stages.md.
 */
export function putBack(tx: Transaction, input: PutBack): Resource {
  requireText('dest', input.dest);
  const resource = requireStagedMember(tx, input.name);
  const lease = requireHolding(tx, resource, input.holder);
  finishLeaseAt(tx, lease, { endReason: 'released', dest: input.dest });
  return tx.world.resources.get(resource.id) ?? resource;
}
