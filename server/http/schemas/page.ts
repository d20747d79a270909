import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { MaybeText, Whole } from '../../schemas/common.ts';

/** Items of one page. */
export const PAGE_LIMIT_MAX = 1_000;
export const PAGE_LIMIT_DEFAULT = 100;
export const CURSOR_LENGTH_MAX = 512;

/** Members of a query that pages. */
export const paging = {
  limit: Type.Optional(
    Whole(
      1,
      PAGE_LIMIT_MAX,
      `Items of one page; ${PAGE_LIMIT_DEFAULT} where nothing is said. A page may hold fewer.`,
    ),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: CURSOR_LENGTH_MAX, description: 'The `next` of the page before.' }),
  ),
};

/** One page of a list. */
export function PageOf<T extends TSchema>(item: T) {
  return Type.Object({
    items: Type.Array(item),
    next: Type.Unsafe<string | null>({
      ...MaybeText,
      description: 'The `cursor` of the next page; null after the last.',
    }),
  });
}
