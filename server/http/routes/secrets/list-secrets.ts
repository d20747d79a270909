import { compareText, usersBySecret } from '@poolkeeper/core';
import { ADMINS } from '../../access.ts';
import { keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { PageOf } from '../../schemas/page.ts';
import { Secret, SecretsQuery } from '../../schemas/secret.ts';
import { viewSecret } from '../../views/secret.ts';

const NOBODY = { workflows: [], providers: [] };

/** `GET /v1/secrets`: the secrets, in order of their names, never their values. */
export const addListSecrets: AddRoutes = (app, { keeper, secretSeal }) => {
  app.get(
    '/secrets',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'listSecrets',
        tags: ['secrets'],
        summary: 'List secrets, never their values',
        querystring: SecretsQuery,
        response: { 200: PageOf(Secret) },
      },
    },
    async ({ query }) => {
      const cursor = keyOfCursor(query.cursor);
      return keeper.read((world) => {
        const users = usersBySecret(world);
        const names = [...world.secrets.keys()].filter((name) => cursor === undefined || name > cursor);
        return pageOf(names.toSorted(compareText), query.limit, (name) => {
          const secret = world.secrets.get(name);
          if (secret === undefined) return undefined;
          return viewSecret(secret, { users: users.get(name) ?? NOBODY, seal: secretSeal });
        });
      });
    },
  );
};
