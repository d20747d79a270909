import { OPERATORS, requireGrant } from '../../access.ts';
import { entityTag, requestedVersion } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Shared } from '../../../schemas/common.ts';
import { IdPath } from '../../schemas/path.ts';
import { MoveInput, Resource } from '../../schemas/resource.ts';
import { viewResource } from '../../views/resource.ts';
import { changeWithinGrant } from './within-grant.ts';

/** `POST /v1/resources/{id}/move`: puts a resource into another pool. */
export const addMoveResource: AddRoutes = (app, { keeper }) => {
  app.post(
    '/resources/:id/move',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'moveResource',
        tags: ['resources'],
        summary: 'Move a free or quarantined resource to another pool',
        params: IdPath,
        body: Shared(MoveInput),
        response: { 200: Resource },
      },
    },
    async (request, reply) => {
      const { params, token } = request;
      const { pool, on } = request.body;
      requireGrant(token, pool);
      const body = await changeWithinGrant(keeper, token, {
        id: params.id,
        version: requestedVersion(request),
        commandFor: (version) => ({
          type: 'moveResource',
          resource: params.id,
          pool,
          ...(on === undefined ? {} : { on }),
          ...version,
        }),
        look: (resource, world) => viewResource(world, world.resources.get(params.id) ?? resource, token),
      });
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};
