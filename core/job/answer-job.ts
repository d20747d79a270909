import type { Job, JobOutcome } from '../model/job.ts';
import type { Transaction } from '../world/transaction.ts';

type Failure = Omit<Extract<JobOutcome, { result: 'failed' }>, 'result'>;

/** What is said of a job that another one took the place of. */
export const INTERRUPTED: Failure = {
  reason: 'transient',
  error:
    'something else began with the machine meanwhile; look at it, then ask again if that is still wanted',
};

/** Does a client wait for the answer of its one attempt? */
export function isAsked({ kind, asked }: Job): boolean {
  return kind === 'attach' || kind === 'mark' || asked !== undefined;
}

/** Tells who asked for a job what came of it; null: it is done. Emits `job.answered`. */
export function answerJob(tx: Transaction, job: Job, failure: Failure | null): void {
  tx.emit(
    'job.answered',
    { resource: job.resource, pool: job.pool },
    {
      job: job.id,
      kind: job.kind,
      result: failure === null ? 'done' : 'failed',
      reason: failure?.reason ?? null,
      error: failure?.error ?? null,
    },
  );
}
