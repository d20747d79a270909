/** Nanoseconds of each unit, as Go's `time.ParseDuration` knows them. */
const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  // Micro sign and Greek mu.
  '\u00b5s': 1e3,
  '\u03bcs': 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
};
/** Go counts nanoseconds in 64 bits: about 292 years. */
const DURATION_NS_MAX = 2 ** 63;
const PART = /^(\d*)(\.\d*)?([^.\d]*)/;

/**
 * Reads a duration as Go does: `300ms`, `1.5h`, `1h30m`, `-1s`, `0`.
 *
 * Units: the answer is milliseconds, with fractions.
 * Errors: an `Error` in Go's words.
 */
export function parseGoDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[-+]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw invalid(text);
  let total = 0;
  while (rest !== '') {
    const [all = '', whole = '', fraction = '', unit = ''] = PART.exec(rest) ?? [];
    if (whole === '' && fraction.length < 2) throw invalid(text);
    if (unit === '') throw new Error(`time: missing unit in duration ${quoted(text)}`);
    const unitNs = Object.hasOwn(UNIT_NS, unit) ? UNIT_NS[unit] : undefined;
    if (unitNs === undefined)
      throw new Error(`time: unknown unit ${quoted(unit)} in duration ${quoted(text)}`);
    total += Number(`${whole === '' ? '0' : whole}${fraction === '.' ? '' : fraction}`) * unitNs;
    rest = rest.slice(all.length);
  }
  if (total >= DURATION_NS_MAX) throw invalid(text);
  return (sign * total) / 1e6;
}

function invalid(text: string): Error {
  return new Error(`time: invalid duration ${quoted(text)}`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
