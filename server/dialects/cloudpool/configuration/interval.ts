import { addProblem, isGiven, readObject, readText, readWhole, shown } from './reading.ts';
import type { Reading } from './reading.ts';

/** The longest interval that is taken, a year, in milliseconds. */
export const INTERVAL_MS_MAX = 365 * 86_400_000;

/** How many of a unit make a millisecond, or how many milliseconds a unit has. */
const UNITS: Readonly<Record<string, { readonly perMs: number } | { readonly ms: number }>> = {
  nanoseconds: { perMs: 1_000_000 },
  microseconds: { perMs: 1_000 },
  milliseconds: { ms: 1 },
  seconds: { ms: 1_000 },
  minutes: { ms: 60_000 },
  hours: { ms: 3_600_000 },
  days: { ms: 86_400_000 },
};
export const UNIT_NAMES = Object.keys(UNITS);

/**
 * Reads `{time, unit}`, the unit in any case.
 *
 * Units: the answer is milliseconds; parts of one are rounded up, so that what lasts at all lasts one.
 * Errors: problems of the reading; then the answer is undefined, as where there is no such member.
 */
export function readInterval(reading: Reading, name: string): number | undefined {
  const interval = readObject(reading, name);
  if (interval === undefined) return undefined;
  if (!isGiven(interval, 'time')) addProblem(interval, 'no time set');
  if (!isGiven(interval, 'unit')) addProblem(interval, `no unit set: it is one of ${UNIT_NAMES.join(', ')}`);
  const time = readWhole(interval, 'time', { from: -Number.MAX_VALUE, to: Number.MAX_VALUE });
  const word = readText(interval, 'unit');
  if (time !== undefined && time < 0) addProblem(interval, 'time interval must be non-negative');
  const unit = word === undefined ? undefined : unitOf(interval, word);
  if (time === undefined || time < 0 || unit === undefined) return undefined;
  const durationMs = 'ms' in unit ? time * unit.ms : Math.ceil(time / unit.perMs);
  if (durationMs <= INTERVAL_MS_MAX) return durationMs;
  return addProblem(interval, 'time interval must be at most 365 days');
}

/** An interval that has to last: one of nothing would have its loop run without a pause. */
export function readDuration(reading: Reading, name: string): number | undefined {
  const durationMs = readInterval(reading, name);
  if (durationMs !== 0) return durationMs;
  return addProblem(reading, `${name} must be greater than zero`);
}

function unitOf(interval: Reading, word: string): (typeof UNITS)[string] | undefined {
  const unit = Object.hasOwn(UNITS, word.toLowerCase()) ? UNITS[word.toLowerCase()] : undefined;
  if (unit !== undefined) return unit;
  const known = UNIT_NAMES.join(', ');
  return addProblem(
    interval,
    `No enum constant TimeUnit.${shown(word.toUpperCase())}: unit is one of ${known}`,
  );
}
