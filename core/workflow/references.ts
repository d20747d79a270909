import type { Json } from '../json.ts';

/** What a reference may begin with. */
export const REFERENCE_ROOTS = ['resource', 'params', 'lease', 'run', 'pool', 'secrets'] as const;
export type ReferenceRoot = (typeof REFERENCE_ROOTS)[number];

/** One `${…}` in a value: where it stands (RFC 6901), and what it says between the braces; null where it has no end. */
export type FoundReference = { readonly pointer: string; readonly path: string | null };

const REFERENCE = /\$?\$\{([^}]*)\}?/g;

/** Every reference in the texts of a value, in its order; `$${` stands for the characters themselves. */
export function findReferences(value: Json, pointer = ''): FoundReference[] {
  if (typeof value === 'string') {
    return [...value.matchAll(REFERENCE)]
      .filter(([whole]) => !whole.startsWith('$$'))
      .map(([whole, path = '']) => ({ pointer, path: whole.endsWith('}') ? path : null }));
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, member]) =>
    findReferences(member as Json, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}
