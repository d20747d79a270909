import type { Page } from '@poolkeeper/client';

/** The most that a server puts on one page. */
const PAGE_LIMIT_MAX = 1_000;
export const LIST_LIMIT_DEFAULT = 200;

/** The first `limit` items of a list, over as many pages as that takes. `next` says whether there are more. */
export async function listPages<T>(
  limit: number,
  pageAt: (paging: { readonly limit: number; readonly cursor: string | undefined }) => Promise<Page<T>>,
): Promise<Page<T>> {
  const items: T[] = [];
  let next: string | null = null;
  do {
    const page: Page<T> = await pageAt({
      limit: Math.min(PAGE_LIMIT_MAX, limit - items.length),
      cursor: next ?? undefined,
    });
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < limit);
  return { items, next };
}

/** What to tell people under a list that has more. */
export function moreLine(page: Page<unknown>): string | undefined {
  return page.next === null
    ? undefined
    : `There are more; --limit ${page.items.length * 2} shows up to twice as many.`;
}
