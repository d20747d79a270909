import { Refusal } from '@poolkeeper/core';
import type { JobTicket } from '@poolkeeper/core';
import type { CancelTimer, Clock, Timers } from '../timers.ts';
import type { RunnerHello } from './contract.ts';
import type { WaitingWork } from './waiting-work.ts';

/** Requests of runners that may wait at once. */
export const POLLS_MAX = 10_000;

type Poll = { readonly runner: RunnerHello; readonly give: (ticket: JobTicket | null) => void };

/** Runners that wait for work, served in the order in which they came. One timer wakes them for jobs whose time comes. */
export class Polls {
  readonly #parts: { readonly clock: Clock; readonly timers: Timers };
  readonly #work: WaitingWork;
  readonly #polls = new Set<Poll>();
  #cancelWake: CancelTimer = () => {};
  #isClosed = false;

  constructor(parts: { readonly clock: Clock; readonly timers: Timers }, work: WaitingWork) {
    this.#parts = parts;
    this.#work = work;
  }

  /**
   * The next job for this runner, taken out of what waits; null after `waitMs`, when the signal aborts, or once it is closed.
   *
   * Errors: `too_many_requests` when too many wait already.
   */
  async next(runner: RunnerHello, waitMs: number, signal: AbortSignal): Promise<JobTicket | null> {
    if (this.#isClosed || signal.aborted) return null;
    const ready = this.#work.take(runner, this.#parts.clock.now());
    if (ready !== undefined || waitMs <= 0) return ready ?? null;
    if (this.#polls.size >= POLLS_MAX) {
      throw new Refusal('too_many_requests', `${POLLS_MAX} runners are waiting already. Try again soon.`);
    }
    return new Promise((resolve) => {
      const give = (ticket: JobTicket | null): void => {
        this.#polls.delete(poll);
        cancel();
        signal.removeEventListener('abort', leave);
        resolve(ticket);
      };
      const leave = (): void => give(null);
      const poll = { runner, give };
      this.#polls.add(poll);
      const cancel = this.#parts.timers.set(waitMs, leave);
      signal.addEventListener('abort', leave, { once: true });
      this.#arm();
    });
  }

  /** Gives to those who wait what they may do. */
  match(): void {
    for (const poll of this.#polls) {
      const ticket = this.#work.take(poll.runner, this.#parts.clock.now());
      if (ticket !== undefined) poll.give(ticket);
    }
    this.#arm();
  }

  /** Answers all who wait; who comes later does not wait. */
  close(): void {
    this.#isClosed = true;
    this.#cancelWake();
    for (const poll of this.#polls) poll.give(null);
  }

  #arm(): void {
    this.#cancelWake();
    const dueAt = this.#work.nextDueAt();
    if (dueAt === undefined || this.#polls.size === 0 || this.#isClosed) return;
    this.#cancelWake = this.#parts.timers.set(dueAt - this.#parts.clock.now(), () => this.match());
  }
}
