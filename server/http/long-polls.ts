import { Refusal } from '@poolkeeper/core';
import type { ServerResponse } from 'node:http';
import type { Keeper } from '../keeper/contract.ts';
import { HandedOn, handOn } from './hand-on.ts';

/** Requests that may wait at once. */
export const LONG_POLLS_MAX = 50_000;
/** How long one request may wait, in milliseconds. */
export const WAIT_MS_MAX = 5 * 60_000;

/**
 * Requests that wait: for a lease to leave its queue, for resources to arrive. A wait ends with that, its time, the client's
 * going away or the server's stopping; whichever comes first takes everything else back.
 */
export class LongPolls {
  readonly #waiting = new Set<AbortController>();
  #isClosed = false;

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Waits while the lease is queued. Answers whether the client is still there to be answered.
   *
   * Errors: `too_many_requests` when too many wait already; `HandedOn` when another replica goes on with the wait.
   */
  wait(
    keeper: Keeper,
    lease: { id: string; waitMs: number },
    response: ServerResponse,
  ): Promise<{ isGone: boolean }> {
    return this.hold(response, (signal) => keeper.untilGranted(lease.id, lease.waitMs, signal));
  }

  /** The same for anything that is waited for; `until` ends, by itself or when the signal says so. */
  async hold(
    response: ServerResponse,
    until: (signal: AbortSignal) => Promise<void>,
  ): Promise<{ isGone: boolean }> {
    if (this.#isClosed) return leave(response);
    if (this.#waiting.size >= LONG_POLLS_MAX) {
      throw new Refusal(
        'too_many_requests',
        `${LONG_POLLS_MAX} requests are waiting. Ask without wait, or try again soon.`,
      );
    }
    if (isGone(response)) return { isGone: true };
    const wait = new AbortController();
    const giveUp = (): void => wait.abort();
    this.#waiting.add(wait);
    response.once('close', giveUp);
    try {
      await until(wait.signal);
    } finally {
      response.removeListener('close', giveUp);
      this.#waiting.delete(wait);
    }
    return this.#isClosed ? leave(response) : { isGone: isGone(response) };
  }

  /** Lets all who wait be answered with what is, or go on waiting elsewhere; who comes later does not wait. */
  close(): void {
    this.#isClosed = true;
    for (const wait of this.#waiting) wait.abort();
  }
}

/** Another replica goes on with the wait, where it may be asked a second time; else it is answered with what is. */
function leave(response: ServerResponse): { isGone: boolean } {
  if (!isGone(response) && handOn(response)) throw new HandedOn();
  return { isGone: isGone(response) };
}

function isGone(response: ServerResponse): boolean {
  return response.destroyed || response.closed || response.socket?.destroyed === true;
}
