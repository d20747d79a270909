import { Refusal } from '@poolkeeper/core';
import { mayUsePool, OVERSEERS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { IdPath } from '../../schemas/path.ts';
import { Run } from '../../schemas/run.ts';
import { viewRun } from '../../views/run.ts';

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
    async ({ params: { id }, token }) => {
      const live = await keeper.read((world) => world.runs.get(id));
      const run = live ?? (await keeper.findRun(id));
      if (run !== undefined && mayUsePool(token, run.pool)) return viewRun(run);
      throw new Refusal(
        'run_not_found',
        `There is no run "${id}". See those that there are with GET /v1/runs.`,
      );
    },
  );
};
