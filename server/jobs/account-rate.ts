import { TokenBucket } from './token-bucket.ts';
import type { RateLimits } from './token-bucket.ts';

/** Who wants to call: a job, or the observer that looks at what is there. */
export type Caller = 'job' | 'look';

export type RateStatus = {
  /** Calls that had to wait for the rate alone, and for how long altogether, in milliseconds. */
  readonly waits: number;
  readonly waitedMs: number;
};

/**
 * The rate of one account, which jobs and looks share.
 *
 * When both want to call they take turns: without looks nothing would be found to be ready or dead while a pool fills, and
 * with nothing but looks a slow account would never fill. So neither waits for more than one call of the other.
 */
export class AccountRate {
  readonly #bucket: TokenBucket;
  #last: Caller = 'job';
  #heldSince: number | null = null;
  #waits = 0;
  #waitedMs = 0;

  constructor(limits: RateLimits, now: number) {
    this.#bucket = new TokenBucket(limits, now);
  }

  setLimits(limits: RateLimits, now: number): void {
    this.#bucket.setLimits(limits, now);
  }

  /** Whose turn it is of those who are ready. */
  turnOf(ready: { readonly job: boolean; readonly look: boolean }): Caller {
    if (ready.job && ready.look) return this.#last === 'look' ? 'job' : 'look';
    return ready.look ? 'look' : 'job';
  }

  /** How many milliseconds somebody who is ready has to wait; 0 when the call may be made. */
  waitMs(now: number): number {
    const waitMs = this.#bucket.waitMs(now);
    if (waitMs > 0) this.#heldSince ??= now;
    return waitMs;
  }

  /** Makes the call that `waitMs` said may be made. */
  take(caller: Caller, now: number): void {
    this.#bucket.take();
    this.#last = caller;
    if (this.#heldSince === null) return;
    this.#waits += 1;
    this.#waitedMs += Math.max(0, now - this.#heldSince);
    this.#heldSince = null;
  }

  /** Nobody is ready any more: whoever waited was dropped or has to wait for something else now. */
  forgetWait(): void {
    this.#heldSince = null;
  }

  status(): RateStatus {
    return { waits: this.#waits, waitedMs: this.#waitedMs };
  }
}
