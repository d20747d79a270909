import { ledgerEntryOf, ledgerEntryOfLeak } from '@poolkeeper/core';
import type { LedgerEntry as Entry, Token, World } from '@poolkeeper/core';
import { mayUsePool, OVERSEERS } from '../../access.ts';
import { keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { LedgerEntry, LedgerQuery } from '../../schemas/ledger.ts';
import { PageOf } from '../../schemas/page.ts';
import { viewLedgerEntry } from '../../views/ledger.ts';
import { pageOfGone } from './gone-page.ts';

/** Keys of the list: leaks come first, since somebody has to look at them; then resources, by id. */
const LEAK = 'l:';
const RESOURCE = 'r:';

/** `GET /v1/ledger`: everything that was ever asked of a provider, from intent to proven gone, and what leaked. */
export const addListLedger: AddRoutes = (app, { keeper }) => {
  app.get(
    '/ledger',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'listLedger',
        tags: ['ledger'],
        summary: 'List what was asked of providers, and what leaked',
        description:
          'Leaks first, then what was asked for, until it is proven gone. With `state=gone` the history, oldest first, as far ' +
          'back as events are kept. A token that is bound to pools sees what those asked for.',
        querystring: LedgerQuery,
        response: { 200: PageOf(LedgerEntry) },
      },
    },
    async ({ query, token }) => {
      if (query.state === 'gone') return pageOfGone(keeper, query, token);
      const cursor = keyOfCursor(query.cursor);
      return keeper.read((world) =>
        pageOf(keysAfter(world, query, cursor), query.limit, (key) => {
          const entry = entryOf(world, key);
          return entry !== undefined && fits(entry, query, token) ? viewLedgerEntry(entry) : undefined;
        }),
      );
    },
  );
};

function* keysAfter(
  world: World,
  { pool, state }: LedgerQuery,
  cursor: string | undefined,
): Generator<string, void, undefined> {
  const isInResources = cursor?.startsWith(RESOURCE) === true;
  const after = cursor?.slice(LEAK.length);
  if (!isInResources && (state === undefined || state === 'leaked'))
    for (const id of world.leakIds.after(after)) yield `${LEAK}${id}`;
  if (state === 'leaked') return;
  const ids = pool === undefined ? world.resourceIds : world.pools.get(pool)?.members;
  for (const id of ids?.after(isInResources ? after : undefined) ?? []) yield `${RESOURCE}${id}`;
}

function entryOf(world: World, key: string): Entry | undefined {
  const id = key.slice(RESOURCE.length);
  if (key.startsWith(LEAK)) {
    const leak = world.leaks.get(id);
    return leak === undefined ? undefined : ledgerEntryOfLeak(world, leak);
  }
  const resource = world.resources.get(id);
  return resource === undefined ? undefined : ledgerEntryOf(world, resource);
}

function fits({ provider, pool, state }: Entry, asked: LedgerQuery, token: Token): boolean {
  const isGranted = token.pools === null || (pool !== null && mayUsePool(token, pool));
  return (
    isGranted &&
    (asked.provider === undefined || provider === asked.provider) &&
    (asked.pool === undefined || pool === asked.pool) &&
    (asked.state === undefined || state === asked.state)
  );
}
