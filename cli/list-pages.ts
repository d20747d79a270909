import type { ApiClient, Query } from './api-client.ts';
import type { Page } from './api-types.ts';

/** The most that a server puts on one page. */
const PAGE_LIMIT_MAX = 1_000;
export const LIST_LIMIT_DEFAULT = 200;

/** The first `limit` items of a list, over as many pages as that takes. `next` says whether there are more. */
export async function listPages<T>(
  client: ApiClient,
  path: string,
  input: { query: Query; limit: number },
): Promise<Page<T>> {
  const items: T[] = [];
  let next: string | null = null;
  do {
    const limit = Math.min(PAGE_LIMIT_MAX, input.limit - items.length);
    const page: Page<T> = await client.get<Page<T>>(path, {
      ...input.query,
      limit,
      cursor: next ?? undefined,
    });
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < input.limit);
  return { items, next };
}

/** What to tell people under a list that has more. */
export function moreLine(page: Page<unknown>): string | undefined {
  return page.next === null
    ? undefined
    : `There are more; --limit ${page.items.length * 2} shows up to twice as many.`;
}
