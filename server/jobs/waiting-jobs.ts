import { SortedList, compareText } from '@poolkeeper/core';
import type { JobTicket } from '@poolkeeper/core';

type Entry = { readonly ticket: JobTicket; readonly order: number };

/**
 * The jobs that wait for one provider: by the instant before which they may not start, then in the order they came; a job
 * at most once. Those whose resource is busy stand aside until it is not, so that they hold nobody up.
 */
export class WaitingJobs {
  readonly #byJob = new Map<string, Entry>();
  readonly #inLine = new SortedList<Entry>(
    (a, b) =>
      a.ticket.job.notBefore - b.ticket.job.notBefore ||
      a.order - b.order ||
      compareText(a.ticket.job.id, b.ticket.job.id),
  );
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
    this.#inLine.add(entry);
  }

  has(jobId: string): boolean {
    return this.#byJob.has(jobId);
  }

  remove(jobId: string): void {
    const entry = this.#byJob.get(jobId);
    if (entry === undefined) return;
    this.#byJob.delete(jobId);
    this.#inLine.remove(entry);
    this.#aside.get(entry.ticket.job.resource)?.delete(jobId);
  }

  /** The job that may start first, of those whose resource is not busy. */
  first(): JobTicket | undefined {
    for (let entry = this.#inLine.first(); entry !== undefined; entry = this.#inLine.first()) {
      const aside = this.#aside.get(entry.ticket.job.resource);
      if (aside === undefined) return entry.ticket;
      this.#inLine.remove(entry);
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
      if (entry !== undefined) this.#inLine.add(entry);
    }
  }
}
