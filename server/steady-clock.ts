import type { Clock } from './timers.ts';

/** While the machine's clock is behind, time passes at this share of its pace, until the two meet. */
const PACE_BEHIND = 0.5;

/**
 * A clock for decisions: it follows the machine's clock forward at once, and never goes back or stands.
 *
 * When somebody sets the machine's clock back, or it is behind what was decided before a restart (`reach`), time goes on at half
 * its pace until the machine's clock has caught up: deadlines come late then, never early, and nothing waits for an hour that
 * passes twice.
 *
 * `elapsed` says how much time has passed since any instant; nobody can set it. Units: milliseconds, whole ones come out.
 */
export function createSteadyClock(machine: Clock, elapsed: Clock): Required<Clock> {
  let at = machine.now();
  let countedAt = elapsed.now();
  const now = (): number => {
    const passedMs = elapsed.now() - countedAt;
    countedAt += passedMs;
    at = Math.max(at + passedMs * PACE_BEHIND, machine.now());
    return Math.floor(at);
  };
  return {
    now,
    reach: (instant) => {
      now();
      at = Math.max(at, instant);
    },
  };
}
