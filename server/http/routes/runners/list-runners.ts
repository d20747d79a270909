import { OVERSEERS } from '../../access.ts';
import { keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { PageOf } from '../../schemas/page.ts';
import { Runner, RunnersQuery } from '../../schemas/runner.ts';
import { viewRunner } from '../../views/runner.ts';

/** `GET /v1/runners`: who does steps on other machines, and what they do now, in order of their names. */
export const addListRunners: AddRoutes = (app, { runners }) => {
  app.get(
    '/runners',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'listRunners',
        tags: ['runners'],
        summary: 'List runners',
        description: 'Those that were seen within the last hour.',
        querystring: RunnersQuery,
        response: { 200: PageOf(Runner) },
      },
    },
    async ({ query, token }) => {
      const cursor = keyOfCursor(query.cursor);
      const byKey = new Map(
        runners.status().runners.map((runner) => [`${runner.name}@${runner.token}`, runner]),
      );
      const keys = [...byKey.keys()].filter((key) => cursor === undefined || key > cursor).toSorted();
      return pageOf(keys, query.limit, (key) => {
        const runner = byKey.get(key);
        return runner === undefined ? undefined : viewRunner(runner, token);
      });
    },
  );
};
