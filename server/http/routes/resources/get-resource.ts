import { EVERYBODY } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { IdPath } from '../../schemas/path.ts';
import { Resource } from '../../schemas/resource.ts';
import { viewResource } from '../../views/resource.ts';
import { requireResource } from './within-grant.ts';

/** `GET /v1/resources/{id}`: one resource. */
export const addGetResource: AddRoutes = (app, { keeper }) => {
  app.get(
    '/resources/:id',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'getResource',
        tags: ['resources'],
        summary: 'Show a resource',
        params: IdPath,
        response: { 200: Resource },
      },
    },
    async ({ params, token }, reply) => {
      const body = await keeper.read((world) =>
        viewResource(world, requireResource(world, params.id, token), token),
      );
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};
