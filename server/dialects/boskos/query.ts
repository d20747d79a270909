/** The first value of each name; a name that is missing is as an empty one. */
export type Query = (name: string) => string;

/**
 * Reads the query of an address as Go does: the first of repeated values counts, and what cannot be decoded, or has a semicolon, is
 * left out.
 */
export function parseQuery(text: string): Query {
  const values = new Map<string, string>();
  for (const part of text === '' ? [] : text.split('&')) {
    if (part === '' || part.includes(';')) continue;
    const equals = part.indexOf('=');
    const name = decode(equals === -1 ? part : part.slice(0, equals));
    const value = equals === -1 ? '' : decode(part.slice(equals + 1));
    if (name !== undefined && value !== undefined && !values.has(name)) values.set(name, value);
  }
  return (name) => values.get(name) ?? '';
}

const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;
const BROKEN_ESCAPE = /%(?![\da-f]{2})/i;

/** Escapes and plus signs undone, then read as UTF-8; undefined where an escape is broken. */
function decode(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (PLAIN.test(spaced)) return spaced;
  if (BROKEN_ESCAPE.test(spaced)) return undefined;
  const bytes = spaced.replace(/%([\da-f]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
