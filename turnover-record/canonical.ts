import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { invariant } from '@poolkeeper/core';

/**
 * The one text of a value: canonical JSON (RFC 8785), so that a hash of it is a hash of what it says.
 *
 * Errors: `Error` for text that is no Unicode (half of a surrogate pair).
 */
export function canonicalText(value: object): string {
  const text = canonicalize(value);
  invariant(text !== undefined, 'an object has a canonical text');
  return text;
}

/** The same, or undefined for what has none: for values that came from elsewhere. */
export function maybeCanonicalText(value: object): string | undefined {
  try {
    return canonicalText(value);
  } catch {
    return undefined;
  }
}

/** SHA-256 of a text as UTF-8, in lower-case hex. */
export function hashText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/**
 * The value with every text made Unicode: half of a surrogate pair becomes U+FFFD. Programs put out such text, a record has to
 * be made of it all the same, and no canonical JSON can hold it.
 */
export function wellFormed<T>(value: T): T {
  if (typeof value === 'string') return value.toWellFormed() as T;
  if (Array.isArray(value)) return value.map(wellFormed) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed(member)]),
  ) as T;
}
