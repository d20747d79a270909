import { refuseInput } from '@poolkeeper/core';
import { ADMINS } from '../../access.ts';
import { poolSpecOf } from '../../../schemas/pool-spec.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Input, Name, Shared } from '../../../schemas/common.ts';
import { PoolInput } from '../../../schemas/pool.ts';
import { Pool } from '../../schemas/pool.ts';
import { requireTemplate } from './require-template.ts';
import { requireViewOfPool } from './require-pool.ts';

/** `PUT /v1/pools/{pool}`: makes a pool be as the body says, new or not. */
export const addPutPool: AddRoutes = (app, { keeper, checkTemplate }) => {
  app.put(
    '/pools/:pool',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'putPool',
        tags: ['pools'],
        summary: 'Create or replace a pool',
        description: 'What the body leaves out is as by default. 201 for a new pool.',
        params: Input({ pool: Name('The name of the pool.') }),
        body: Shared(PoolInput),
        response: { 200: Pool, 201: Pool },
      },
    },
    async (request, reply) => {
      const { params, body, token } = request;
      if (body.name !== undefined && body.name !== params.pool) {
        throw refuseInput('/name', `name has to be "${params.pool}", as in the path, or left out`);
      }
      const spec = poolSpecOf(body, params.pool);
      const version = versionOf(request);
      requireTemplate(checkTemplate, body.provider, spec.template ?? null);
      const pool = await keeper.ask(
        { type: 'putPool', name: params.pool, spec, merge: false, ...version },
        (_pool, world) => requireViewOfPool(world, params.pool, token),
      );
      reply.code(pool.version === 1 ? 201 : 200).header('etag', entityTag(pool.version));
      return pool;
    },
  );
};
