import { OVERSEERS } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { IdPath } from '../../schemas/path.ts';
import { Run } from '../../schemas/run.ts';
import { viewRun } from '../../views/run.ts';
import { requireRun } from './require-run.ts';

/** `GET /v1/runs/{id}`: one run, live or over. */
export const addGetRun: AddRoutes = (app, { keeper }) => {
  app.get(
    '/runs/:id',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'getRun',
        tags: ['runs'],
        summary: 'Show a run',
        params: IdPath,
        response: { 200: Run },
      },
    },
    async ({ params: { id }, token }, reply) => {
      const run = await requireRun(keeper, id, token);
      reply.header('etag', entityTag(run.version));
      return viewRun(run);
    },
  );
};
