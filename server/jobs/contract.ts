import type { FinishLook, JobOutcome, JobTicket, Look } from '@poolkeeper/core';

/**
 * Runs jobs against the outside world. The keeper hands over a job only after the decision for it is durable, and hands over
 * every live job again after a restart, so a runner forgets everything when it ends.
 */
export type JobRunner = AsyncDisposable & {
  /** Takes a job, or its next attempt: not before `job.notBefore`, one at a time for a resource. Never throws. */
  accept(ticket: JobTicket): void;
  /** The job is no longer wanted. One that is running goes on to its end; its outcome is then refused by the core. */
  drop(jobId: string): void;
  /** Takes the next attempt at a look of an upkeep, in the place of any before it; null: none is wanted. Never throws. */
  look(upkeep: string, ticket: LookTicket | null): void;
};

/** One attempt at a look: everything that a provider has for an upkeep is to be listed, not before `notBefore`. */
export type LookTicket = Look & { readonly upkeep: string; readonly provider: string };

/** Where a runner says what became of an attempt. Rejects when the keeper stops; the job is handed out again later. */
export type ReportOutcome = (jobId: string, outcome: JobOutcome) => Promise<void>;

/** Where a runner says what became of an attempt at a look. Rejects when the keeper stops; it is handed out again later. */
export type ReportLook = (seen: Omit<FinishLook, 'type'>) => Promise<void>;
