import { EVERYBODY, requireGrant } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { PoolPath } from '../../schemas/path.ts';
import { Pool } from '../../schemas/pool.ts';
import { requireViewOfPool } from './require-pool.ts';

/** `GET /v1/pools/{pool}`: what a pool shall be, and how it is. */
export const addGetPool: AddRoutes = (app, { keeper }) => {
  app.get(
    '/pools/:pool',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'getPool',
        tags: ['pools'],
        summary: 'Show a pool',
        params: PoolPath,
        response: { 200: Pool },
      },
    },
    async ({ params, token }, reply) => {
      requireGrant(token, params.pool);
      const body = await keeper.read((world) => requireViewOfPool(world, params.pool, token));
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};
