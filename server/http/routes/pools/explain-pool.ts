import { explainPool } from '@poolkeeper/core';
import { EVERYBODY, requireGrant } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { workFinder } from '../../provider-status.ts';
import { PoolExplanationBody } from '../../schemas/explain.ts';
import { PoolPath } from '../../schemas/path.ts';
import { viewPoolExplanation } from '../../views/explain.ts';

/** `GET /v1/pools/{pool}/explain`: how a pool stands and what keeps it from its size. */
export const addExplainPool: AddRoutes = (app, { keeper, providersStatus }) => {
  app.get(
    '/pools/:pool/explain',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'explainPool',
        tags: ['pools'],
        summary: 'Say how a pool stands',
        params: PoolPath,
        response: { 200: PoolExplanationBody },
      },
    },
    async ({ params, token }) => {
      requireGrant(token, params.pool);
      return keeper.read((world) =>
        viewPoolExplanation(explainPool(world, params.pool, workFinder(providersStatus)), token),
      );
    },
  );
};
