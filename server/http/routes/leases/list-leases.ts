import { createPositions } from '@poolkeeper/core';
import type { LiveLease, Token, World } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import { EVERYBODY, isOverseer, maySeeLease } from '../../access.ts';
import { cursorAfter, keyOfCursor } from '../../cursor.ts';
import { PAGE_LOOKS_MAX, pageOf } from '../../pages.ts';
import type { Page } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { Lease, LeasesQuery } from '../../schemas/lease.ts';
import type { LeaseBody } from '../../schemas/lease.ts';
import { PAGE_LIMIT_DEFAULT, PageOf } from '../../schemas/page.ts';
import { viewEndedLease, viewLease } from '../../views/lease.ts';

type Asked = {
  readonly limit?: number;
  readonly cursor?: string;
  readonly status?: LeaseBody['status'];
  readonly pool?: string;
  readonly holder?: string;
};

/** `GET /v1/leases`: live leases in order of their ids, or those that ended, the last first. */
export const addListLeases: AddRoutes = (app, { keeper }) => {
  app.get(
    '/leases',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'listLeases',
        tags: ['leases'],
        summary: 'List leases',
        description: 'A holder sees its own. Live leases, unless `status=ended` asks for history.',
        querystring: LeasesQuery,
        response: { 200: PageOf(Lease) },
      },
    },
    async ({ query, token }) => {
      // What others hold does not exist for a holder, so it finds nothing of them.
      if (!isOverseer(token) && query.holder !== undefined && query.holder !== token.name)
        return { items: [], next: null };
      const asked: Asked = isOverseer(token) ? query : { ...query, holder: token.name };
      if (query.status === 'ended') return listEnded(keeper, asked, token);
      return keeper.read((world) => listLive(world, asked, token));
    },
  );
};

function listLive(world: World, asked: Asked, token: Token): Page<LeaseBody> {
  const { limit, status, pool, holder } = asked;
  const place = createPositions(world);
  const isAskedFor = (lease: LiveLease): boolean =>
    (status === undefined || lease.status === status) &&
    (holder === undefined || lease.holder === holder) &&
    (pool === undefined || lease.items.some((item) => item.pool === pool)) &&
    maySeeLease(token, lease);
  return pageOf(idsAfter(world, keyOfCursor(asked.cursor), holder), limit, (id) => {
    const lease = world.leases.get(id);
    return lease !== undefined && isAskedFor(lease) ? viewLease(world, lease, { token, place }) : undefined;
  });
}

/** Ids in order; of one holder, as long as its own are few enough to be sorted. */
function idsAfter(world: World, cursor: string | undefined, holder: string | undefined): Iterable<string> {
  const own = holder === undefined ? undefined : (world.leasesOfHolder.get(holder) ?? new Set<string>());
  if (own === undefined || own.size > PAGE_LOOKS_MAX) return world.leaseIds.after(cursor);
  return [...own].filter((id) => cursor === undefined || id > cursor).toSorted();
}

async function listEnded(keeper: Keeper, asked: Asked, token: Token): Promise<Page<LeaseBody>> {
  const cursor = keyOfCursor(asked.cursor);
  const page = await keeper.listEndedLeases({
    limit: asked.limit ?? PAGE_LIMIT_DEFAULT,
    ...(asked.holder === undefined ? {} : { holder: asked.holder }),
    ...(asked.pool === undefined ? {} : { pool: asked.pool }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  return {
    items: page.items
      .filter((lease) => maySeeLease(token, lease))
      .map((lease) => viewEndedLease(lease, token)),
    next: page.next === null ? null : cursorAfter(page.next),
  };
}
