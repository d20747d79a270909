import { digestText } from '@poolkeeper/core';

/** Characters of the name of a pool. */
const NAME_LENGTH_MAX = 63;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** The root of all pools has no members of its own kind. */
const RESERVED: ReadonlySet<string> = new Set(['default']);
const DIGEST_LENGTH = 8;

/** The pool that a type becomes: it has the name of the type where a pool may have it, else one that comes of it, and never of another. */
export function poolOfType(type: string): string {
  if (type.length <= NAME_LENGTH_MAX && NAME.test(type) && !RESERVED.has(type)) return type;
  const slug = type
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, NAME_LENGTH_MAX - DIGEST_LENGTH - 1);
  return `${slug === '' ? 'type' : slug}-${digestText(type).slice(0, DIGEST_LENGTH)}`;
}
