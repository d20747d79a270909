import type { ProbeSpec } from '@poolkeeper/core';

/** What a probe of one member has answered in a row, and when it is asked next. Instants are milliseconds UTC. */
export type ProbeCount = {
  dueAt: number;
  isUnderWay: boolean;
  passed: number;
  failed: number;
  /** The verdict that the world was told; undefined before the first. */
  told: boolean | undefined;
  /** The round of the walk that saw the member last. */
  round: number;
};

/** Counts an answer. Answers the verdict that it makes, or undefined while there are too few answers in a row. */
export function countAnswer(count: ProbeCount, isPassed: boolean, spec: ProbeSpec): boolean | undefined {
  count.passed = isPassed ? count.passed + 1 : 0;
  count.failed = isPassed ? 0 : count.failed + 1;
  if (count.passed >= spec.successes) return true;
  return count.failed >= spec.failures ? false : undefined;
}

/**
 * Brings a count in line with what the world remembers: a verdict that it was told and remembers no more was taken back by a
 * person, and the member gets as many tries as at first.
 */
export function heedWorld(count: ProbeCount, known: boolean | undefined): void {
  if (count.told !== undefined && known === undefined) {
    count.passed = 0;
    count.failed = 0;
  }
  count.told = known;
}
