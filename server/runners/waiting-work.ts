import { compareText, SortedList } from '@poolkeeper/core';
import type { JobTicket } from '@poolkeeper/core';
import type { RunnerHello } from './contract.ts';

type Entry = { readonly ticket: JobTicket; readonly groupKey: string };
/** Jobs of one pool that need the same labels: a runner fits all of them or none. */
type Group = {
  readonly pool: string;
  readonly labels: JobTicket['job']['runsOn'];
  readonly due: SortedList<JobTicket>;
};

function compareAge(a: JobTicket, b: JobTicket): number {
  return a.job.createdAt - b.job.createdAt || compareText(a.job.id, b.job.id);
}

function compareDue(a: JobTicket, b: JobTicket): number {
  return a.job.notBefore - b.job.notBefore || compareText(a.job.id, b.job.id);
}

/**
 * Jobs that wait for a runner: the oldest first among those whose time has come. What a look costs grows with the pools and
 * kinds of runners, not with the jobs. There is at most one for each resource, so the world bounds them.
 */
export class WaitingWork {
  readonly #entries = new Map<string, Entry>();
  readonly #groups = new Map<string, Group>();
  readonly #later = new SortedList<JobTicket>(compareDue);

  get size(): number {
    return this.#entries.size;
  }

  /** Takes a job, in the place of what was known of it. */
  put(ticket: JobTicket, now: number): void {
    this.remove(ticket.job.id);
    const groupKey = keyOf(ticket);
    this.#entries.set(ticket.job.id, { ticket, groupKey });
    if (ticket.job.notBefore > now) this.#later.add(ticket);
    else this.#groupOf(ticket, groupKey).due.add(ticket);
  }

  remove(jobId: string): void {
    const entry = this.#entries.get(jobId);
    if (entry === undefined) return;
    this.#entries.delete(jobId);
    this.#later.remove(entry.ticket);
    const group = this.#groups.get(entry.groupKey);
    group?.due.remove(entry.ticket);
    if (group?.due.size === 0) this.#groups.delete(entry.groupKey);
  }

  /** Takes out the oldest job that the runner may do; undefined when there is none. */
  take(runner: Pick<RunnerHello, 'labels' | 'pools'>, now: number): JobTicket | undefined {
    this.#wake(now);
    let oldest: JobTicket | undefined;
    for (const { pool, labels, due } of this.#groups.values()) {
      const first = due.first();
      if (first === undefined || !mayDo(runner, pool, labels)) continue;
      if (oldest === undefined || compareAge(first, oldest) < 0) oldest = first;
    }
    if (oldest !== undefined) this.remove(oldest.job.id);
    return oldest;
  }

  /** When the next job comes due, milliseconds UTC; undefined when all are. */
  nextDueAt(): number | undefined {
    return this.#later.first()?.job.notBefore;
  }

  #wake(now: number): void {
    for (let first = this.#later.first(); first !== undefined && first.job.notBefore <= now;) {
      this.#later.remove(first);
      this.#groupOf(first, keyOf(first)).due.add(first);
      first = this.#later.first();
    }
  }

  #groupOf({ job }: JobTicket, key: string): Group {
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = { pool: job.pool, labels: job.runsOn, due: new SortedList(compareAge) };
    this.#groups.set(key, group);
    return group;
  }
}

function keyOf({ job }: JobTicket): string {
  return JSON.stringify([job.pool, Object.entries(job.runsOn).toSorted(([a], [b]) => compareText(a, b))]);
}

function mayDo(
  runner: Pick<RunnerHello, 'labels' | 'pools'>,
  pool: string,
  labels: Group['labels'],
): boolean {
  if (runner.pools !== null && !runner.pools.includes(pool)) return false;
  return Object.entries(labels).every(
    ([name, value]) => Object.hasOwn(runner.labels, name) && runner.labels[name] === value,
  );
}
