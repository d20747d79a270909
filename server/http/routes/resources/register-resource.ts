import { OPERATORS, requireGrant } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Shared } from '../../../schemas/common.ts';
import { Resource, ResourceInput } from '../../schemas/resource.ts';
import { viewResource } from '../../views/resource.ts';

/** `POST /v1/resources`: registers a resource that exists already. */
export const addRegisterResource: AddRoutes = (app, { keeper }) => {
  app.post(
    '/resources',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'registerResource',
        tags: ['resources'],
        summary: 'Register a resource that exists already',
        description: 'Its name is unique in its pool, so a repetition is refused and harmless.',
        body: Shared(ResourceInput),
        response: { 201: Resource },
      },
    },
    async ({ body, token }, reply) => {
      requireGrant(token, body.pool);
      const resource = await keeper.ask({ type: 'registerResource', ...body }, (registered, world) =>
        viewResource(world, registered, token),
      );
      reply
        .code(201)
        .header('location', `/v1/resources/${resource.id}`)
        .header('etag', entityTag(resource.version));
      return resource;
    },
  );
};
