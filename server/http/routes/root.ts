import { Type } from 'typebox';
import type { AddRoutes } from '../parts.ts';

const Welcome = Type.Object({
  name: Type.String(),
  version: Type.String(),
  documentation: Type.String(),
  openapi: Type.String(),
});

/** `GET /`: where to go from here. */
export const addRoot: AddRoutes = (app, { version }) => {
  app.get(
    '/',
    {
      config: { access: 'open' },
      schema: {
        operationId: 'getWelcome',
        tags: ['server'],
        summary: 'Say where to go',
        response: { 200: Welcome },
      },
    },
    async () => ({ name: 'poolkeeper', version, documentation: '/docs/', openapi: '/openapi.json' }),
  );
};
