import { sleep } from '../timers.ts';
import { systemTimers } from '../system-clock.ts';

const LOOK_AGAIN_MS = 20;
const WAIT_MS_MAX = 15_000;

/**
 * Waits until something is so.
 *
 * Errors: what it waited for, when it is not so in time.
 */
export async function waitFor(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  waitMs = WAIT_MS_MAX,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < waitMs; waitedMs += LOOK_AGAIN_MS) {
    if (await isSo()) return;
    await sleep(systemTimers, LOOK_AGAIN_MS);
  }
  throw new Error(`waited ${waitMs} ms for: ${what}`);
}
