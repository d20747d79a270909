import { refuseInput } from '@poolkeeper/core';
import { Input } from '../../../schemas/common.ts';
import { OVERSEERS } from '../../access.ts';
import { cursorAfter, keyOfCursor } from '../../cursor.ts';
import type { AddRoutes } from '../../parts.ts';
import { PAGE_LIMIT_DEFAULT, PageOf, paging } from '../../schemas/page.ts';
import { IdPath } from '../../schemas/path.ts';
import { SealedTurnover } from '../../schemas/turnover.ts';
import { findStanding, noTurnovers, readTurnovers, requireVisible } from './find-turnovers.ts';

/** `GET /v1/resources/{id}/turnovers`: the chain of a resource, the first record first, also of one that is gone. */
export const addListTurnovers: AddRoutes = (app, { keeper }) => {
  app.get(
    '/resources/:id/turnovers',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'listTurnovers',
        tags: ['resources'],
        summary: 'List what was proven between two holders',
        description: 'Signed records, the first one first; also of a resource that is gone.',
        params: IdPath,
        querystring: Input({ ...paging }),
        response: { 200: PageOf(SealedTurnover) },
      },
    },
    async ({ params: { id }, query, token }) => {
      const { isGone } = await findStanding(keeper, id, token);
      const limit = query.limit ?? PAGE_LIMIT_DEFAULT;
      const after = numberOf(query.cursor);
      // One more says whether there is a next page.
      const found = await readTurnovers(keeper, { resource: id, after, limit: limit + 1 });
      if (isGone) {
        if (found.length === 0 && query.cursor === undefined) throw noTurnovers(id);
        requireVisible(id, found, token);
      }
      const items = found.slice(0, limit);
      const next = found.length > limit ? cursorAfter(String(items.at(-1)?.record.number)) : null;
      return { items, next };
    },
  );
};

function numberOf(cursor: string | undefined): number {
  const key = keyOfCursor(cursor) ?? '0';
  if (/^\d{1,15}$/.test(key)) return Number(key);
  throw refuseInput(
    '/query/cursor',
    'The cursor is none of a page of turnovers. Send the `next` of the page before as it came.',
  );
}
