const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A span as people read it, by its two largest units: `2d 3h`, `1h 5m`, `45s`; less than a second is `0s`. */
export function formatSpan(spanMs: number): string {
  const parts: [number, string][] = [
    [Math.floor(spanMs / DAY_MS), 'd'],
    [Math.floor(spanMs / HOUR_MS) % 24, 'h'],
    [Math.floor(spanMs / MINUTE_MS) % 60, 'm'],
    [Math.floor(spanMs / SECOND_MS) % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}

/** An instant seen from now: `in 5m 3s`, `2h ago`, `now`. Null is nothing. */
export function formatRelative(instant: string | null, now: number): string {
  if (instant === null) return '';
  const distanceMs = Date.parse(instant) - now;
  if (Math.abs(distanceMs) < SECOND_MS) return 'now';
  return distanceMs > 0 ? `in ${formatSpan(distanceMs)}` : `${formatSpan(-distanceMs)} ago`;
}

/** The instant itself, in the time of this place, and how far it is: `2026-03-01 14:05:09 (in 5m)`. Null is nothing. */
export function formatInstant(instant: string | null, now: number): string {
  if (instant === null) return '';
  return `${formatClock(instant)} (${formatRelative(instant, now)})`;
}

/** The instant itself, in the time of this place: `2026-03-01 14:05:09`. */
export function formatClock(instant: string): string {
  const date = new Date(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
