import { OPERATORS } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Credentials } from '../../schemas/credential.ts';
import { IdPath } from '../../schemas/path.ts';
import { viewCredentials } from '../../views/credential.ts';
import { requireResource } from './within-grant.ts';

/** `GET /v1/resources/{id}/credentials`: which credentials a resource has, and since when. */
export const addGetCredentials: AddRoutes = (app, { keeper, credentials }) => {
  app.get(
    '/resources/:id/credentials',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'getCredentials',
        tags: ['resources'],
        summary: 'Show which credentials a resource has, never what is in them',
        params: IdPath,
        response: { 200: Credentials },
      },
    },
    async ({ params, token }, reply) => {
      const body = await keeper.read((world) => {
        const { id } = requireResource(world, params.id, token);
        return viewCredentials(id, world.credentials.get(id), credentials);
      });
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};
