import { VirtualTime } from '../../server/virtual-time.ts';
import type { System } from '../system.ts';

/** A system of the client whose time passes when a test says so, and whose chance is always the same. */
export function virtualSystem(
  time: VirtualTime = new VirtualTime(),
): System & { readonly time: VirtualTime } {
  let keys = 0;
  return {
    time,
    now: () => time.now(),
    random: () => 0,
    newKey: () => `key_${(keys += 1)}`,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason as Error);
        const onAbort = (): void => {
          cancel();
          reject(signal?.reason as Error);
        };
        const cancel = time.set(delayMs, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}
