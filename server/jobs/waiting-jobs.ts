import { JOB_KINDS, SortedList, compareText } from '@poolkeeper/core';
import type { JobKind, JobTicket } from '@poolkeeper/core';

/** A job that waits, with the number by which it came. */
export type WaitingJob = { readonly ticket: JobTicket; readonly order: number };

/** By the instant before which a job may not start, then in the order in which they came. */
export function compareWaiting(a: WaitingJob, b: WaitingJob): number {
  return (
    a.ticket.job.notBefore - b.ticket.job.notBefore ||
    a.order - b.order ||
    compareText(a.ticket.job.id, b.ticket.job.id)
  );
}

/**
 * The jobs that wait for one provider, in a line for each kind; a job at most once. Those whose resource is busy stand aside
 * until it is not, so that they hold nobody up.
 */
export class WaitingJobs {
  readonly #byJob = new Map<string, WaitingJob>();
  readonly #lines = Object.fromEntries(
    JOB_KINDS.map((kind) => [kind, new SortedList<WaitingJob>(compareWaiting)]),
  ) as Record<JobKind, SortedList<WaitingJob>>;
  /** By resource: the jobs that were met while it was busy. A key is there as long as it is. */
  readonly #aside = new Map<string, Set<string>>();
  #nextOrder = 0;

  get size(): number {
    return this.#byJob.size;
  }

  /** Adds a job, or replaces what is known of it. */
  put(ticket: JobTicket): void {
    this.remove(ticket.job.id);
    const entry = { ticket, order: this.#nextOrder++ };
    this.#byJob.set(ticket.job.id, entry);
    this.#lineOf(entry).add(entry);
  }

  has(jobId: string): boolean {
    return this.#byJob.has(jobId);
  }

  remove(jobId: string): void {
    const entry = this.#byJob.get(jobId);
    if (entry === undefined) return;
    this.#byJob.delete(jobId);
    this.#lineOf(entry).remove(entry);
    this.#aside.get(entry.ticket.job.resource)?.delete(jobId);
  }

  /** The job of a kind that may start first, of those whose resource is not busy. */
  first(kind: JobKind): WaitingJob | undefined {
    const line = this.#lines[kind];
    for (let entry = line.first(); entry !== undefined; entry = line.first()) {
      const aside = this.#aside.get(entry.ticket.job.resource);
      if (aside === undefined) return entry;
      line.remove(entry);
      aside.add(entry.ticket.job.id);
    }
    return undefined;
  }

  /** Takes a job out to run it: its resource is busy until `release`. */
  take(ticket: JobTicket): void {
    this.remove(ticket.job.id);
    this.#aside.set(ticket.job.resource, new Set());
  }

  release(resource: string): void {
    const aside = this.#aside.get(resource) ?? [];
    this.#aside.delete(resource);
    for (const jobId of aside) {
      const entry = this.#byJob.get(jobId);
      if (entry !== undefined) this.#lineOf(entry).add(entry);
    }
  }

  #lineOf(entry: WaitingJob): SortedList<WaitingJob> {
    return this.#lines[entry.ticket.job.kind];
  }
}
