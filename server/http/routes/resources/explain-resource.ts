import { explainResource } from '@poolkeeper/core';
import { OVERSEERS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { ResourceExplanationBody } from '../../schemas/explain.ts';
import { IdPath } from '../../schemas/path.ts';
import { viewResourceExplanation } from '../../views/explain.ts';
import { requireResource } from './within-grant.ts';

/** `GET /v1/resources/{id}/explain`: what a resource does, and what a person could do. */
export const addExplainResource: AddRoutes = (app, { keeper }) => {
  app.get(
    '/resources/:id/explain',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'explainResource',
        tags: ['resources'],
        summary: 'Say what a resource does and waits for',
        params: IdPath,
        response: { 200: ResourceExplanationBody },
      },
    },
    ({ params, token }) =>
      keeper.read((world) => {
        requireResource(world, params.id, token);
        return viewResourceExplanation(explainResource(world, params.id));
      }),
  );
};
