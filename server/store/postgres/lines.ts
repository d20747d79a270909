/**
 * How texts go to the database: many of them as one, a line each, which it takes apart. That is cheaper here than to have the driver write
 * an array, which escapes every quote of every document.
 */

/** JSON has no raw line breaks, so a document is a line as it is. */
export function asLines(texts: readonly string[]): string {
  return texts.join('\n');
}

// oxlint-disable-next-line no-control-regex -- they are what is escaped
const TO_ESCAPE = /[\u0000\u0001\t\n]/g;
// oxlint-disable-next-line no-control-regex -- they are the escapes
const ESCAPED = /[\u0001\t][\u0001\u0002]/g;
const ESCAPES: Record<string, string> = {
  '\u0000': '\u0001\u0001',
  '\u0001': '\u0001\u0002',
  '\t': '\t\u0001',
  '\n': '\t\u0002',
};
const MEANINGS = Object.fromEntries(Object.entries(ESCAPES).map(([text, escape]) => [escape, text]));

/** Writes a name so that it has no line break and no NUL, which the database refuses; the order by code point stays. */
export function escapeName(name: string): string {
  return name.replace(TO_ESCAPE, (character) => ESCAPES[character] as string);
}

export function readName(text: string): string {
  return text.replace(ESCAPED, (escape) => MEANINGS[escape] as string);
}
