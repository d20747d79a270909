import { OPERATORS } from '../../access.ts';
import { entityTag, requestedVersion } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Shared } from '../../../schemas/common.ts';
import { IdPath } from '../../schemas/path.ts';
import { Resource, ResourcePatch } from '../../schemas/resource.ts';
import { viewResource } from '../../views/resource.ts';
import { changeWithinGrant } from './within-grant.ts';

/** `PATCH /v1/resources/{id}`: changes what is said about a resource. */
export const addPatchResource: AddRoutes = (app, { keeper }) => {
  app.patch(
    '/resources/:id',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'patchResource',
        tags: ['resources'],
        summary: 'Change what is said about a resource',
        params: IdPath,
        body: Shared(ResourcePatch),
        response: { 200: Resource },
      },
    },
    async (request, reply) => {
      const { params, token } = request;
      const { evictable, ...traits } = request.body;
      const body = await changeWithinGrant(keeper, token, {
        id: params.id,
        version: requestedVersion(request),
        commandFor: (version) => ({
          type: 'changeTraits',
          resource: params.id,
          ...traits,
          ...(evictable === undefined ? {} : { isEvictable: evictable }),
          ...version,
        }),
        look: (resource, world) => viewResource(world, world.resources.get(params.id) ?? resource, token),
      });
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};
