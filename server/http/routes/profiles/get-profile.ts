import { OVERSEERS } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { ProfilePath } from '../../schemas/path.ts';
import { Profile } from '../../schemas/profile.ts';
import { requireViewOfProfile } from './require-view.ts';

/** `GET /v1/profiles/{profile}`: its parameters, and which pools name it. */
export const addGetProfile: AddRoutes = (app, { keeper }) => {
  app.get(
    '/profiles/:profile',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'getProfile',
        tags: ['profiles'],
        summary: 'Show a profile',
        params: ProfilePath,
        response: { 200: Profile },
      },
    },
    async ({ params, token }, reply) => {
      const body = await keeper.read((world) => requireViewOfProfile(world, params.profile, token));
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};
