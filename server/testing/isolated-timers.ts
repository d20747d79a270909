import type { Timers } from '../timers.ts';

/** The timers of one process among several on the same time: while it stands still none fires, and what fell due fires afterwards. */
export function isolatedTimers(timers: Timers): {
  readonly timers: Timers;
  readonly pause: () => void;
  readonly resume: () => void;
} {
  let isPaused = false;
  const due = new Set<() => void>();
  return {
    timers: {
      set: (delayMs, callback) => {
        const cancel = timers.set(delayMs, () => (isPaused ? void due.add(callback) : callback()));
        return () => {
          cancel();
          due.delete(callback);
        };
      },
    },
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
      for (const callback of due) {
        due.delete(callback);
        callback();
      }
    },
  };
}
