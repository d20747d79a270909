import { BoskosError } from './errors.ts';

/** What Go escapes beyond what JSON wants, so that the text may stand in a page. */
const ESCAPED = /[<>&\u2028\u2029]/;
const ALL_ESCAPED = new RegExp(ESCAPED, 'g');
const WHITESPACE = ' \t\r\n';

/** A text as Go writes it: `<`, `>` and `&` escaped too. */
export function goText(text: string): string {
  const json = JSON.stringify(text);
  return ESCAPED.test(json) ? json.replace(ALL_ESCAPED, escapeOf) : json;
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A map as Go writes it: sorted by the bytes of its keys, numbers among them too, which an object of ours would put first. */
export function goMap(entries: Iterable<readonly [string, string | number]>): string {
  const sorted = [...entries].sort(([a], [b]) => compareBytes(a, b));
  const members = sorted.map(
    ([key, value]) => `${goText(key)}:${typeof value === 'string' ? goText(value) : value}`,
  );
  return `{${members.join(',')}}`;
}

export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** An instant in milliseconds UTC as Go writes it: without a fraction where there is none, and without zeros at its end. */
export function goTime(at: number): string {
  const [seconds = '', fraction = ''] = new Date(at).toISOString().slice(0, -1).split('.');
  const digits = fraction.replace(/0+$/, '');
  return digits === '' ? `${seconds}Z` : `${seconds}.${digits}Z`;
}

/**
 * Reads what a holder says about its resource: the first JSON value of the text, an object of texts. A null is as an empty text,
 * which takes a key away.
 *
 * Errors: 400 for anything else. What comes after the first value is not looked at, and nothing at all says nothing.
 */
export function readUserData(text: string): Record<string, string> {
  const value = firstValue(text);
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw bad(`json: cannot unmarshal ${kindOf(value)} into Go value of type common.UserDataMap`);
  const read = Object.entries(value).map(([key, member]): [string, string] => {
    if (member !== null && typeof member !== 'string')
      throw bad(`json: cannot unmarshal ${kindOf(member)} into Go value of type string`);
    return [key.toWellFormed(), (member ?? '').toWellFormed()];
  });
  return Object.fromEntries(read);
}

function firstValue(text: string): unknown {
  let start = 0;
  while (start < text.length && WHITESPACE.includes(text[start] as string)) start += 1;
  if (start === text.length) return undefined;
  const first = text.slice(start, endOfValue(text, start));
  try {
    return JSON.parse(first) as unknown;
  } catch {
    throw bad('the body is not JSON: send one object of texts, as {"key":"value"}, or nothing');
  }
}

/** Where the value that begins at `start` ends. Brackets are counted, and not matched: whoever parses it sees to that. */
function endOfValue(text: string, start: number): number {
  const isNested = text[start] === '{' || text[start] === '[';
  let depth = 0;
  let isInText = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] as string;
    if (isInText) {
      if (character === '\\') at += 1;
      else if (character === '"') isInText = false;
      if (!isInText && depth === 0) return at + 1;
    } else if (character === '"') isInText = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth <= 0) return at + 1;
    } else if (!isNested && WHITESPACE.includes(character)) return at;
  }
  if (isNested || isInText) throw bad('unexpected EOF');
  return text.length;
}

/** As Go names it. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

function bad(message: string): BoskosError {
  return new BoskosError(400, message);
}
