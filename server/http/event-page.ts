import type { Keeper } from '../keeper/contract.ts';
import { cursorAfter, keyOfCursor } from './cursor.ts';
import { refuseInput } from '@poolkeeper/core';
import type { EventFilter } from './event-filter.ts';
import { PAGE_LOOKS_MAX } from './pages.ts';
import type { Page } from './pages.ts';
import type { EventBody } from './schemas/event.ts';
import { PAGE_LIMIT_DEFAULT } from './schemas/page.ts';
import { viewEvent } from './views/event.ts';

/** Events that are read from the store at once. */
const READ_PAGE = 1_000;

/**
 * One page of stored events, oldest first. `next` goes on after the last event that was looked at; it is null at the end,
 * from where `after` with the number of the last event goes on when more has happened.
 */
export async function pageOfEvents(
  keeper: Pick<Keeper, 'listEvents'>,
  filter: EventFilter,
  asked: { readonly limit?: number; readonly cursor?: string; readonly after?: number },
): Promise<Page<EventBody>> {
  const limit = asked.limit ?? PAGE_LIMIT_DEFAULT;
  const items: EventBody[] = [];
  let after = seqOfCursor(asked.cursor) ?? asked.after ?? 0;
  for (let looks = 0; looks < PAGE_LOOKS_MAX;) {
    const events = await keeper.listEvents({ ...filter.query, after, limit: READ_PAGE });
    for (const event of events) {
      if (items.length === limit) return { items, next: cursorAfter(String(after)) };
      after = event.seq;
      if (filter.fits(event)) items.push(viewEvent(event));
    }
    if (events.length < READ_PAGE) return { items, next: null };
    looks += events.length;
  }
  return { items, next: cursorAfter(String(after)) };
}

/** The number of the event that a cursor stands after. Errors: `invalid_input` for what is none. */
export function seqOfCursor(cursor: string | undefined): number | undefined {
  const key = keyOfCursor(cursor);
  if (key === undefined || /^\d{1,15}$/.test(key)) return key === undefined ? undefined : Number(key);
  throw refuseInput(
    '/query/cursor',
    'The cursor is none of a page of events. Send the `next` of the page before as it came.',
  );
}
