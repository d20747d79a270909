import { Refusal, usersOfSecret } from '@poolkeeper/core';
import { ADMINS } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Secret, SecretPath } from '../../schemas/secret.ts';
import { viewSecret } from '../../views/secret.ts';

/** `GET /v1/secrets/{name}`: that a secret is there, since when, and who names it. */
export const addGetSecret: AddRoutes = (app, { keeper, secretSeal }) => {
  app.get(
    '/secrets/:name',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'getSecret',
        tags: ['secrets'],
        summary: 'Show a secret, never its value',
        params: SecretPath,
        response: { 200: Secret },
      },
    },
    async ({ params }, reply) => {
      const shown = await keeper.read((world) => {
        const secret = world.secrets.get(params.name);
        if (secret !== undefined) {
          return viewSecret(secret, { users: usersOfSecret(world, params.name), seal: secretSeal });
        }
        throw new Refusal(
          'secret_not_found',
          `There is no secret "${params.name}". See those that there are with GET /v1/secrets.`,
        );
      });
      reply.header('etag', entityTag(shown.version));
      return shown;
    },
  );
};
