import type { Timers } from '../timers.ts';

/** How long a call that was told to end may take to do so, before nobody waits for it any more. Milliseconds. */
export const ABORT_GRACE_MS = 5_000;

/** The call took longer than it may. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
}

export type CallLimits = {
  readonly timers: Timers;
  /** What the call is called in messages. */
  readonly what: string;
  readonly limitMs: number;
  /** Ends the call early. */
  readonly stop: AbortSignal;
};

/**
 * Makes a call to the outside that ends: its signal aborts after `limitMs` or with `stop`. A call that does not heed its
 * signal is left alone after `ABORT_GRACE_MS`.
 *
 * Errors: what the call throws; `TimeLimitExceeded`, or the reason of `stop`, when it was told to end. What the call
 * still manages to answer within the grace counts.
 */
export function callWithLimit<T>(limits: CallLimits, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { timers, what, limitMs, stop } = limits;
  return new Promise<T>((resolve, reject) => {
    const abort = new AbortController();
    let cancelTimer = timers.set(limitMs, () => {
      end(new TimeLimitExceeded(`The ${what} did not end within ${limitMs / 1_000} s.`));
    });
    const onStop = (): void => end(stop.reason as Error);
    const settle = (): void => {
      cancelTimer();
      stop.removeEventListener('abort', onStop);
    };
    function end(reason: Error): void {
      if (abort.signal.aborted) return;
      cancelTimer();
      cancelTimer = timers.set(ABORT_GRACE_MS, () => {
        settle();
        reject(reason);
      });
      abort.abort(reason);
    }
    stop.addEventListener('abort', onStop, { once: true });
    if (stop.aborted) onStop();
    Promise.resolve()
      .then(() => call(abort.signal))
      .then(resolve, (error: unknown) => {
        reject(abort.signal.aborted ? (abort.signal.reason as Error) : (error as Error));
      })
      .finally(settle);
  });
}
