import { cursorAfter } from './cursor.ts';
import { PAGE_LIMIT_DEFAULT } from './schemas/page.ts';

/** Entries that one page looks at: one that finds little in them is short, and says where to go on. */
export const PAGE_LOOKS_MAX = 10_000;

export type Page<T> = { items: T[]; next: string | null };

/**
 * One page of what fits, of the keys in their order.
 *
 * Shape: `pick` answers the entry of a key, or undefined when it does not belong into the list.
 * Bounds: `limit` entries, `PAGE_LOOKS_MAX` looks.
 */
export function pageOf<T>(
  keys: Iterable<string>,
  limit: number | undefined,
  pick: (key: string) => T | undefined,
): Page<T> {
  const items: T[] = [];
  let looks = 0;
  let last: string | undefined;
  for (const key of keys) {
    if (last !== undefined && (items.length === (limit ?? PAGE_LIMIT_DEFAULT) || looks === PAGE_LOOKS_MAX)) {
      return { items, next: cursorAfter(last) };
    }
    looks += 1;
    last = key;
    const item = pick(key);
    if (item !== undefined) items.push(item);
  }
  return { items, next: null };
}
