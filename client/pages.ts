/** One page of a list. `next` is the `cursor` of the page after it; null after the last. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

/** The query of a list, with members that may be there without a value. */
export type Query<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** The query of a list that pages by itself. */
export type ListQuery<T> = Omit<Query<T>, 'limit' | 'cursor'>;

/** Items of one page where a list pages by itself: what is held in memory at once. */
export const PAGE_ITEMS = 500;

/** Every item of a list, page by page as they are asked for. Each loop over it begins anew. */
export function eachItem<T>(
  pageAt: (paging: { readonly limit: number; readonly cursor?: string }) => Promise<Page<T>>,
): AsyncIterable<T> {
  return {
    async *[Symbol.asyncIterator]() {
      let next: string | null = null;
      do {
        const page: Page<T> = await pageAt({
          limit: PAGE_ITEMS,
          ...(next === null ? {} : { cursor: next }),
        });
        yield* page.items;
        next = page.next;
      } while (next !== null);
    },
  };
}
