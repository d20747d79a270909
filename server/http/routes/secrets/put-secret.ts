import { refuseInput, usersOfSecret } from '@poolkeeper/core';
import { Shared } from '../../../schemas/common.ts';
import { ADMINS } from '../../access.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Secret, SECRET_BYTES_MAX, SecretInput, SecretPath } from '../../schemas/secret.ts';
import { viewSecret } from '../../views/secret.ts';

/** `PUT /v1/secrets/{name}`: keeps a secret; it can be replaced and removed, and never read. */
export const addPutSecret: AddRoutes = (app, { keeper, secretSeal }) => {
  app.put(
    '/secrets/:name',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'putSecret',
        tags: ['secrets'],
        summary: 'Set a secret',
        description:
          'It is sealed before it is stored, and reaches steps alone that name it as `${secrets.NAME}`, and providers whose options name it. 201 for a new one.',
        params: SecretPath,
        body: Shared(SecretInput),
        response: { 200: Secret, 201: Secret },
      },
    },
    async (request, reply) => {
      const { params, body, token } = request;
      const { name } = params;
      if (Buffer.byteLength(body.value) > SECRET_BYTES_MAX)
        throw refuseInput('/value', `value may have ${SECRET_BYTES_MAX} bytes in UTF-8`);
      const sealed = secretSeal.seal(name, body.value);
      const command = { type: 'putSecret', name, sealed, by: token.name, ...versionOf(request) } as const;
      const shown = await keeper.ask(command, (secret, world) =>
        viewSecret(secret, { users: usersOfSecret(world, name), seal: secretSeal }),
      );
      reply.code(shown.version === 1 ? 201 : 200).header('etag', entityTag(shown.version));
      return shown;
    },
  );
};
