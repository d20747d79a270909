import type { Clock } from './timers.ts';

/** Lower-case Crockford base 32: no letters that are taken for digits, and the order of the text is that of the number. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_LENGTH = 9;
const COUNTER_LENGTH = 3;
const COUNTER_MAX = 32 ** COUNTER_LENGTH - 1;
const RANDOM_LENGTH = 6;
/** Random bytes fetched at once. */
const POOL_SIZE = 4_096;

/**
 * Makes ids like `lse_01k8m2x9q00f4t7z3v`: when it was made, a counter within the millisecond, and chance.
 *
 * Shape: ids rise in the order in which they are made, also when the clock stands or steps back, so lists come in the order of
 * creation. The end is random, so that two servers that never met make no equal ones. They are names, not secrets.
 */
export function createIdSource(
  clock: Clock,
  randomBytes: (size: number) => Uint8Array,
): (prefix: string) => string {
  let lastMs = -1;
  let counter = 0;
  let time = '';
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;

  const randomText = (): string => {
    if (used + RANDOM_LENGTH > pool.length) {
      pool = randomBytes(POOL_SIZE);
      used = 0;
    }
    let text = '';
    for (let digit = 0; digit < RANDOM_LENGTH; digit += 1, used += 1)
      text += DIGITS[(pool[used] as number) & 31];
    return text;
  };

  return (prefix) => {
    const now = Math.max(lastMs, clock.now());
    if (now > lastMs || counter >= COUNTER_MAX) {
      lastMs = now > lastMs ? now : lastMs + 1;
      counter = 0;
      time = encode(lastMs, TIME_LENGTH);
    } else {
      counter += 1;
    }
    return `${prefix}_${time}${encode(counter, COUNTER_LENGTH)}${randomText()}`;
  };
}

function encode(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let digit = 0; digit < length; digit += 1) {
    text = (DIGITS[rest % 32] as string) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
