/** The wait after the first failure, in milliseconds. It doubles with each further one. */
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 60_000;
/** Failures after which a job is given up and its resource held for a person: about twenty minutes of trying. */
export const JOB_ATTEMPTS_MAX = 32;
/** How soon a provider that is still destroying is asked again, in milliseconds. */
export const GOING_POLL_MS = 1_000;

/**
 * How long to wait after a number of failures: doubling, bounded, and spread over the upper half of the interval so that
 * jobs that failed together do not come back together.
 *
 * Units: `random` is uniform in [0, 1); the answer is milliseconds.
 */
export function backoffMs(attempts: number, random: number): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempts - 1, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
