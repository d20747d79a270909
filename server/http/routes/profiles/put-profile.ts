import { Input, Name, Shared } from '../../../schemas/common.ts';
import { requireSameName, profileSpecOf } from '../../../schemas/workflow-spec.ts';
import { ProfileInput } from '../../../schemas/workflow.ts';
import { ADMINS } from '../../access.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Profile } from '../../schemas/profile.ts';
import { requireViewOfProfile } from './require-view.ts';

/** `PUT /v1/profiles/{profile}`: makes a profile be as the body says, new or not. */
export const addPutProfile: AddRoutes = (app, { keeper }) => {
  app.put(
    '/profiles/:profile',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'putProfile',
        tags: ['profiles'],
        summary: 'Create or replace a profile',
        description: 'Resources that have it have its new parameters from then on. 201 for a new one.',
        params: Input({ profile: Name('The name of the profile.') }),
        body: Shared(ProfileInput),
        response: { 200: Profile, 201: Profile },
      },
    },
    async (request, reply) => {
      const { params, body, token } = request;
      requireSameName(body, params.profile);
      const spec = profileSpecOf({ ...body, name: params.profile });
      const view = await keeper.ask({ type: 'putProfile', spec, ...versionOf(request) }, (_profile, world) =>
        requireViewOfProfile(world, params.profile, token),
      );
      reply.code(view.version === 1 ? 201 : 200).header('etag', entityTag(view.version));
      return view;
    },
  );
};
