import { ADMINS } from '../../access.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { PoolPath } from '../../schemas/path.ts';
import { Pool } from '../../schemas/pool.ts';
import { viewPool } from '../../views/pool.ts';

/** `DELETE /v1/pools/{pool}`: begins to remove a pool; it goes with its last member. */
export const addDeletePool: AddRoutes = (app, { keeper }) => {
  app.delete(
    '/pools/:pool',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'deletePool',
        tags: ['pools'],
        summary: 'Remove a pool',
        description:
          'It takes no request any more, those that wait for it end, free members are given up and leased ones when they come ' +
          'back; with the last member it is gone. 202 while members are left, 204 when it is gone at once.',
        params: PoolPath,
        response: { 202: Pool, 204: { type: 'null', description: 'The pool is gone.' } },
      },
    },
    async (request, reply) => {
      const { params, token } = request;
      const body = await keeper.ask(
        { type: 'removePool', name: params.pool, ...versionOf(request) },
        (_pool, world) => {
          const state = world.pools.get(params.pool);
          return state === undefined ? null : viewPool(state, token);
        },
      );
      if (body === null) return reply.code(204).send(null);
      return reply.code(202).header('etag', entityTag(body.version)).send(body);
    },
  );
};
