/** Detached machines that an upkeep remembers; the oldest give way. */
export const DETACHED_MAX = 1_000;
