import type { JobOutcome, JobTicket } from '@poolkeeper/core';

/**
 * Runs jobs against the outside world. The keeper hands over a job only after the decision for it is durable, and hands over
 * every live job again after a restart, so a runner forgets everything when it ends.
 */
export type JobRunner = AsyncDisposable & {
  /** Takes a job, or its next attempt: not before `job.notBefore`, one at a time for a resource. Never throws. */
  accept(ticket: JobTicket): void;
  /** The job is no longer wanted. One that is running goes on to its end; its outcome is then refused by the core. */
  drop(jobId: string): void;
};

/** Where a runner says what became of an attempt. Rejects when the keeper stops; the job is handed out again later. */
export type ReportOutcome = (jobId: string, outcome: JobOutcome) => Promise<void>;
