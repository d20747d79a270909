/** Where the time comes from. `now` is milliseconds UTC; it may jump when somebody sets the machine's clock. */
export type Clock = {
  now(): number;
  /** Tells a clock that can heed it that an instant has been reached already, as a restart finds in what was decided. */
  reach?(instant: number): void;
};

/** Takes a timer back; after it fired, or twice, is harmless. */
export type CancelTimer = () => void;

/** Who wakes whom. */
export type Timers = {
  /** Calls back once, not before `delayMs` milliseconds have passed. Any delay is allowed; a negative one is 0. */
  set(delayMs: number, callback: () => void): CancelTimer;
};

/** Chance: a number from 0 up to, not including, 1. */
export type Random = () => number;

/**
 * Resolves when `delayMs` milliseconds have passed.
 *
 * Errors: rejects with the signal's reason as soon as it aborts.
 */
export function sleep(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = timers.set(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
