import { Refusal } from '@poolkeeper/core';
import { ADMINS, EVERYBODY } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { IdPath } from '../../schemas/path.ts';
import { Token } from '../../schemas/token.ts';
import { viewToken } from '../../views/token.ts';

/** `GET /v1/tokens/{id}`, and `GET /v1/tokens/self`: who am I? */
export const addGetToken: AddRoutes = (app, { keeper }) => {
  app.get(
    '/tokens/self',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'getOwnToken',
        tags: ['tokens'],
        summary: 'Say who asks',
        response: { 200: Token },
      },
    },
    async ({ token }) => viewToken(token),
  );
  app.get(
    '/tokens/:id',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'getToken',
        tags: ['tokens'],
        summary: 'Show a token',
        params: IdPath,
        response: { 200: Token },
      },
    },
    async ({ params }) =>
      keeper.read((world) => {
        const token = world.tokens.get(params.id);
        if (token !== undefined) return viewToken(token);
        throw new Refusal(
          'token_not_found',
          `There is no token "${params.id}". See those that there are with GET /v1/tokens.`,
        );
      }),
  );
};
