import { ADMINS } from '../../access.ts';
import { versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { SecretPath } from '../../schemas/secret.ts';

/** `DELETE /v1/secrets/{name}`: forgets a secret that nobody names. */
export const addDeleteSecret: AddRoutes = (app, { keeper }) => {
  app.delete(
    '/secrets/:name',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'deleteSecret',
        tags: ['secrets'],
        summary: 'Remove a secret',
        description: 'Refused while a workflow names it, or a run under way needs it.',
        params: SecretPath,
        response: { 204: { type: 'null', description: 'The secret is gone.' } },
      },
    },
    async (request, reply) => {
      const { params, token } = request;
      await keeper.ask({ type: 'removeSecret', name: params.name, by: token.name, ...versionOf(request) });
      return reply.code(204).send(null);
    },
  );
};
