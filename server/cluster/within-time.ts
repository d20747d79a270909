import { StoreFailure } from '../store/contract.ts';
import type { Timers } from '../timers.ts';

/**
 * What the database answers, if it does so in time; what comes later is of no interest to anybody.
 *
 * Errors: those of the answer; `StoreFailure` when it takes longer than `ms` milliseconds.
 */
export function withinTime<T>(timers: Timers, ms: number, answer: PromiseLike<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = timers.set(ms, () =>
      reject(new StoreFailure(`The database did not answer within ${ms} ms.`)),
    );
    answer.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error as Error);
      },
    );
  });
}
