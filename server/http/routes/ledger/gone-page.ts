import type { Token } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import { mayUsePool } from '../../access.ts';
import { cursorAfter } from '../../cursor.ts';
import { seqOfCursor } from '../../event-page.ts';
import { PAGE_LOOKS_MAX } from '../../pages.ts';
import type { Page } from '../../pages.ts';
import type { LedgerEntryBody, LedgerQuery } from '../../schemas/ledger.ts';
import { PAGE_LIMIT_DEFAULT } from '../../schemas/page.ts';
import { viewGone } from '../../views/ledger.ts';

/** Events that are read from the store at once. */
const READ_PAGE = 1_000;

/** One page of what is gone, oldest first, from the events that say so. A page may be short and still have a next. */
export async function pageOfGone(
  keeper: Pick<Keeper, 'listEvents' | 'read'>,
  query: LedgerQuery,
  token: Token,
): Promise<Page<LedgerEntryBody>> {
  const { pool, provider, limit = PAGE_LIMIT_DEFAULT } = query;
  const registering = await keeper.read(
    (world) => new Set([...world.providers.values()].filter(({ makes }) => !makes).map(({ name }) => name)),
  );
  const items: LedgerEntryBody[] = [];
  let after = seqOfCursor(query.cursor) ?? 0;
  for (let looks = 0; looks < PAGE_LOOKS_MAX;) {
    const narrowed = { after, limit: READ_PAGE, ...(pool === undefined ? {} : { pool }) };
    const events = await keeper.listEvents(narrowed);
    for (const event of events) {
      if (items.length === limit) return { items, next: cursorAfter(String(after)) };
      after = event.seq;
      const isGranted = token.pools === null || (event.pool !== null && mayUsePool(token, event.pool));
      const entry = isGranted && (pool === undefined || event.pool === pool) ? viewGone(event) : undefined;
      // What was registered by hand was asked of nobody.
      if (entry === undefined || registering.has(entry.provider)) continue;
      if (provider === undefined || entry.provider === provider) items.push(entry);
    }
    if (events.length < READ_PAGE) return { items, next: null };
    looks += events.length;
  }
  return { items, next: cursorAfter(String(after)) };
}
