import { Refusal } from '@poolkeeper/core';
import type { PoolSpec, Token } from '@poolkeeper/core';
import { OPERATORS, requireGrant } from '../../access.ts';
import { poolSpecOf } from '../../../schemas/pool-spec.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes, RouteParts } from '../../parts.ts';
import { Shared } from '../../../schemas/common.ts';
import { PoolPath } from '../../schemas/path.ts';
import { PoolPatch } from '../../../schemas/pool.ts';
import { Pool } from '../../schemas/pool.ts';
import { requireTemplate } from './require-template.ts';
import { requireViewOfPool } from './require-pool.ts';

/** `PATCH /v1/pools/{pool}`: changes members of a pool's specification; an operator changes its size alone. */
export const addPatchPool: AddRoutes = (app, parts) => {
  const { keeper } = parts;
  app.patch(
    '/pools/:pool',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'patchPool',
        tags: ['pools'],
        summary: 'Change a pool',
        description: 'An operator may change `size`, an admin everything.',
        params: PoolPath,
        body: Shared(PoolPatch),
        response: { 200: Pool },
      },
    },
    async (request, reply) => {
      const { params, body, token } = request;
      requireGrant(token, params.pool);
      requireMayChange(token, body);
      const spec = poolSpecOf(body, params.pool);
      const version = versionOf(request);
      if (spec.template !== undefined) await requireFittingTemplate(parts, params.pool, spec);
      const pool = await keeper.ask(
        { type: 'putPool', name: params.pool, spec, merge: true, ...version },
        (_pool, world) => requireViewOfPool(world, params.pool, token),
      );
      reply.header('etag', entityTag(pool.version));
      return pool;
    },
  );
};

function requireMayChange(token: Token, body: object): void {
  if (token.role === 'admin') return;
  const faults = Object.keys(body)
    .filter((member) => member !== 'size')
    .map((member) => ({
      pointer: `/${member}`,
      message: `an operator may change size alone; ${member} needs an admin`,
    }));
  const [first] = faults;
  if (first !== undefined) throw new Refusal('forbidden', first.message, { faults });
}

/** The template is checked by the provider that the pool has, or is about to have. */
async function requireFittingTemplate(
  parts: RouteParts,
  name: string,
  spec: Partial<PoolSpec>,
): Promise<void> {
  const provider =
    spec.provider ?? (await parts.keeper.read((world) => world.pools.get(name)?.pool.provider));
  if (provider !== undefined) requireTemplate(parts.checkTemplate, provider, spec.template ?? null);
}
