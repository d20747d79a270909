/** Shorter values are not masked: a text without each `1` or `no` says nothing any more, and they hide nothing. */
const MASKED_LENGTH_MIN = 4;

/**
 * The text with each secret value, and each line of one, replaced by its name in brackets: what repeats a value may add or
 * leave out lines.
 */
export function maskValues(text: string, values: Readonly<Record<string, string>>): string {
  // The longest first, as one may contain another.
  return Object.entries(values)
    .flatMap(([name, value]) => [value, ...value.split('\n')].map((part): [string, string] => [name, part]))
    .filter(([, part]) => part.length >= MASKED_LENGTH_MIN)
    .toSorted(([, a], [, b]) => b.length - a.length)
    .reduce((rest, [name, part]) => rest.replaceAll(part, `[${name}]`), text);
}
