import { parseDuration } from '@poolkeeper/core/words';
import { InvalidArgumentError } from 'commander';

/** Readers of option values. Each throws `InvalidArgumentError` that says what is allowed. */

export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`Allowed are whole numbers from ${minimum}.`);
  };
}

export function anyWholeNumber(text: string): number {
  return wholeNumber(-Number.MAX_SAFE_INTEGER)(text);
}

/** A duration as text, for the server; it is checked here so that a typing mistake costs no request. */
export function durationText(text: string): string {
  if ((parseDuration(text) ?? 0) > 0) return text;
  throw new InvalidArgumentError('Allowed are durations such as 90s, 15m, 1h30m or PT1H30M.');
}

/** A duration in milliseconds. `0s` is allowed where waiting is meant. */
export function durationMs(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined) return value;
  throw new InvalidArgumentError('Allowed are durations such as 90s, 15m, 1h30m or PT1H30M.');
}

export type Pairs = Readonly<Record<string, string>>;

/** `key=value`, collected over the times that the option is given. */
export function pair(text: string, before: Pairs = {}): Pairs {
  const at = text.indexOf('=');
  if (at > 0) return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  throw new InvalidArgumentError('A pair is needed, such as arch=arm64.');
}

/** Pairs with commas between them, collected over the times that the option is given. */
export function pairs(text: string, before: Pairs = {}): Pairs {
  return text.split(',').reduce((all, one) => pair(one.trim(), all), before);
}

/** A text, collected over the times that the option is given. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
