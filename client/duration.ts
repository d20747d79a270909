/** A duration as the API writes it, such as `90s`, `15m`, `1h30m` or `PT1H30M`; a number is milliseconds. */
export type Duration = string | number;

const UNITS_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1] as const;
const SHORT = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;
const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** The duration as the API takes it. */
export function durationText(duration: Duration): string {
  return typeof duration === 'string' ? duration : `${Math.ceil(duration)}ms`;
}

/**
 * The duration in milliseconds, as the server reads it.
 *
 * Errors: `TypeError` for what is no duration.
 */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'number') {
    if (duration >= 0 && Number.isFinite(duration)) return duration;
    throw notOne(duration);
  }
  const parts = (SHORT.exec(duration) ?? ISO.exec(duration))?.slice(1) ?? [];
  if (parts.every((part) => part === undefined)) throw notOne(duration);
  return Math.round(UNITS_MS.reduce((sum, unitMs, index) => sum + unitMs * Number(parts[index] ?? 0), 0));
}

function notOne(duration: Duration): TypeError {
  return new TypeError(
    `${JSON.stringify(duration)} is no duration. Write 90s, 15m, 1h30m or PT1H30M, or milliseconds as a number.`,
  );
}
