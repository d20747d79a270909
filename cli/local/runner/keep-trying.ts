import { randomInt } from 'node:crypto';
import { ApiError, NoAnswerError } from '@poolkeeper/client';

/** The first pause after a failure, in milliseconds; each one after it is twice as long. */
const PAUSE_MS_FIRST = 500;
const PAUSE_MS_MAX = 30_000;
/** How long something is tried in vain, in milliseconds: by then its job is another runner's anyway. */
const TRYING_MS_MAX = 3_600_000;

export type Trying = {
  readonly now: () => number;
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  /** Hears why an attempt failed, and, with null, that one succeeded. */
  readonly heard?: (error: unknown) => void;
};

/**
 * Does something again and again while the server does not answer, or says that it cannot now.
 *
 * Errors: every other error, the reason of the signal; the last error once it was tried too long.
 */
export async function keepTrying<T>(
  { now, sleep, heard }: Trying,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const until = now() + TRYING_MS_MAX;
  for (let pauseMs = PAUSE_MS_FIRST; ; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
    try {
      const done = await work();
      heard?.(null);
      return done;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error) || now() > until) throw error;
      heard?.(error);
      // Runners that lost a server together do not come back together.
      await sleep(randomInt(pauseMs / 2, pauseMs), signal);
    }
  }
}

/** Is it worth another try? */
export function isPassing(error: unknown): boolean {
  if (error instanceof NoAnswerError) return true;
  return error instanceof ApiError && [429, 500, 502, 503, 504].includes(error.status);
}

/** Does the server say that a job is not this runner's any more? */
export function isClaimLost(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'claim_lost';
}
