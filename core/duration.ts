/** The longest duration that is understood: about ten years, in milliseconds. */
export const DURATION_MS_MAX = 3_650 * 86_400_000;

const UNIT_MS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const SHORT = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;
const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * Reads `90s`, `15m`, `1h30m`, `30d` or ISO 8601 (`PT1H30M`, `P2D`).
 *
 * Units: the answer is milliseconds. Calendar months and years are not understood: their length varies.
 * Errors: none; what is no duration, or one that is too long, is `undefined`.
 */
export function parseDuration(text: string): number | undefined {
  const short = SHORT.exec(text);
  const parts = text === '' ? null : (short ?? ISO.exec(text));
  if (parts === null || parts.slice(1).every((part) => part === undefined)) return undefined;
  const units = [UNIT_MS.w, UNIT_MS.d, UNIT_MS.h, UNIT_MS.m, UNIT_MS.s, UNIT_MS.ms];
  let total = 0;
  units.forEach((unit, index) => {
    total += Number(parts[index + 1] ?? 0) * unit;
  });
  const rounded = Math.round(total);
  return rounded <= DURATION_MS_MAX ? rounded : undefined;
}

/** The duration as people write it: `1h30m`, `90s` as `1m30s`; the inverse of `parseDuration`. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = durationMs;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const whole = Math.floor(rest / UNIT_MS[unit]);
    if (whole > 0) text += `${whole}${unit}`;
    rest -= whole * UNIT_MS[unit];
  }
  return text;
}
