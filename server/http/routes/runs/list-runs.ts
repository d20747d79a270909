import { questionOf, refuseInput } from '@poolkeeper/core';
import type { Run, RunStatus, Token, World } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import { mayUsePool, OVERSEERS } from '../../access.ts';
import { cursorAfter, keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { Page } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { PAGE_LIMIT_DEFAULT, PageOf } from '../../schemas/page.ts';
import { Run as RunSchema, RunsQuery } from '../../schemas/run.ts';
import type { RunBody } from '../../schemas/run.ts';
import { viewRun } from '../../views/run.ts';

/** A cursor stands among the live runs, behind an id, or among those that are over, at a place of the store. */
const LIVE = 'live/';
const OVER = 'over/';
const LIVE_STATUSES: readonly RunStatus[] = ['running', 'held'];

/** `GET /v1/runs`: the live ones, the newest first, then those that are over, the last ended first. */
export const addListRuns: AddRoutes = (app, { keeper }) => {
  app.get(
    '/runs',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'listRuns',
        tags: ['runs'],
        summary: 'List runs',
        description:
          'Live ones first, the newest before the others; then those that are over, the last ended first.',
        querystring: RunsQuery,
        response: { 200: PageOf(RunSchema) },
      },
    },
    async ({ query, token }) => {
      const cursor = keyOfCursor(query.cursor) ?? LIVE;
      if (cursor.startsWith(OVER)) return listOver(keeper, query, { token, from: cursor.slice(OVER.length) });
      if (!cursor.startsWith(LIVE)) {
        throw refuseInput(
          '/query/cursor',
          'The cursor is none of a page of runs. Send the `next` of the page before as it came.',
        );
      }
      const live = await keeper.read((world) => listLive(world, query, { token, cursor }));
      if (live.next !== null) return live;
      return goOnWithOver(keeper, query, { token, live });
    },
  );
};

function listLive(
  world: World,
  query: RunsQuery,
  { token, cursor }: { readonly token: Token; readonly cursor: string },
): Page<RunBody> {
  const keys = [...liveIds(world, query)]
    .map((id) => LIVE + id)
    .filter((key) => cursor === LIVE || key < cursor)
    .toSorted()
    .toReversed();
  return pageOf(keys, query.limit, (key) => {
    const run = world.runs.get(key.slice(LIVE.length));
    return run !== undefined && fits(run, query, token) ? viewRun(run) : undefined;
  });
}

/** A resource has one run at most. */
function liveIds(world: World, { resource }: RunsQuery): Iterable<string> {
  if (resource === undefined) return world.runs.keys();
  const run = world.resources.get(resource)?.run ?? null;
  return run === null ? [] : [run];
}

/** Fills a page up with what is over. A run that ended meanwhile is shown once. */
async function goOnWithOver(
  keeper: Keeper,
  query: RunsQuery,
  { token, live }: { readonly token: Token; readonly live: Page<RunBody> },
): Promise<Page<RunBody>> {
  const isLiveOnly =
    query.waiting !== undefined || (query.status !== undefined && LIVE_STATUSES.includes(query.status));
  if (isLiveOnly) return live;
  const room = (query.limit ?? PAGE_LIMIT_DEFAULT) - live.items.length;
  if (room === 0) return { items: live.items, next: cursorAfter(OVER) };
  const over = await listOver(keeper, { ...query, limit: room }, { token, from: '' });
  const shown = new Set(live.items.map(({ id }) => id));
  return { items: [...live.items, ...over.items.filter(({ id }) => !shown.has(id))], next: over.next };
}

/** One page of the store; what does not fit leaves it shorter. */
async function listOver(
  keeper: Keeper,
  query: RunsQuery,
  { token, from }: { readonly token: Token; readonly from: string },
): Promise<Page<RunBody>> {
  const { resource, pool, limit = PAGE_LIMIT_DEFAULT } = query;
  const page = await keeper.listRuns({
    limit,
    ...(resource === undefined ? {} : { resource }),
    ...(pool === undefined ? {} : { pool }),
    ...(from === '' ? {} : { cursor: from }),
  });
  return {
    items: page.items.filter((run) => fits(run, query, token)).map(viewRun),
    next: page.next === null ? null : cursorAfter(OVER + page.next),
  };
}

function fits(run: Run, { resource, pool, status, waiting }: RunsQuery, token: Token): boolean {
  return (
    (resource === undefined || run.resource === resource) &&
    (pool === undefined || run.pool === pool) &&
    (status === undefined || run.status === status) &&
    (waiting === undefined || questionOf(run) !== null) &&
    mayUsePool(token, run.pool)
  );
}
