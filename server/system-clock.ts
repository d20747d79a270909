import type { CancelTimer, Clock, Random, Timers } from './timers.ts';

/** The longest delay that the runtime counts; it fires at once on a longer one. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** Counts what has passed since the process began, in milliseconds; nobody can set it. */
export const systemElapsed: Clock = { now: () => performance.now() };

/** The runtime's timers; a delay longer than they can count is slept in parts. */
export const systemTimers: Timers = { set: setLongTimeout };

/** Chance for jitter and for picking among equals; nothing secret may be made from it. */
export const systemRandom: Random = () => Math.random();

function setLongTimeout(delayMs: number, callback: () => void): CancelTimer {
  let timeout: NodeJS.Timeout;
  const wait = (restMs: number): void => {
    timeout =
      restMs > TIMEOUT_MS_MAX
        ? setTimeout(() => wait(restMs - TIMEOUT_MS_MAX), TIMEOUT_MS_MAX)
        : setTimeout(callback, Math.max(0, restMs));
  };
  wait(delayMs);
  return () => clearTimeout(timeout);
}
