import { isOfClaim } from '../job/claim-job.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeCredential, sealOf, subjectOf } from './put-credential.ts';

/**
 * What a rotation has to be remembered before it goes on. `pending`: made, not in force, or (null) what is pending is dropped;
 * `current`: in force, in the place of the one before, and nothing is pending any more.
 */
export type KeepCredential = {
  readonly type: 'keepCredential';
  /** The job of the step that rotates; of another, or of none, nothing is kept. */
  readonly job: string;
  /** The claim under which a runner on another machine does it. */
  readonly fence?: number;
} & (
  | { readonly part: 'pending'; readonly sealed: string | null }
  | { readonly part: 'current'; readonly sealed: string }
);

/**
 * Keeps what a rotation made, or refuses it to a step that is no longer wanted: one whose job is over, is another's by now, or
 * belongs to an epoch that is over.
 *
 * Shape: changes the credentials of the job's resource; emits `credential.changed` without anything of their values; answers whether
 * they were kept. Errors: none.
 */
export function keepCredential(tx: Transaction, input: KeepCredential): { isKept: boolean } {
  const job = tx.world.jobs.get(input.job);
  if (job?.kind !== 'step' || !isOfClaim(job, input.fence)) return { isKept: false };
  const resource = tx.world.resources.get(job.resource);
  if (resource === undefined || resource.epoch !== job.epoch) return { isKept: false };
  const kept = sealOf(tx, resource, input.sealed);
  if (kept === null && (tx.world.credentials.get(resource.id)?.pending ?? null) === null)
    return { isKept: true };
  const after = changeCredential(
    tx,
    resource,
    input.part === 'current' ? { current: kept, pending: null } : { pending: kept },
  );
  if (after !== undefined)
    tx.emit('credential.changed', subjectOf(resource), {
      parts: [input.part],
      version: after.version,
      by: job.id,
    });
  return { isKept: true };
}
