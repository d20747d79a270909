import { ADMINS } from '../../access.ts';
import { versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { ProfilePath } from '../../schemas/path.ts';

/** `DELETE /v1/profiles/{profile}`: takes a profile away that nothing has. */
export const addDeleteProfile: AddRoutes = (app, { keeper }) => {
  app.delete(
    '/profiles/:profile',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'deleteProfile',
        tags: ['profiles'],
        summary: 'Remove a profile',
        description: 'Refused while a transition of a pool names it or a resource has it.',
        params: ProfilePath,
        response: { 204: { type: 'null', description: 'The profile is gone.' } },
      },
    },
    async (request, reply) => {
      await keeper.ask({ type: 'removeProfile', name: request.params.profile, ...versionOf(request) });
      return reply.code(204).send(null);
    },
  );
};
