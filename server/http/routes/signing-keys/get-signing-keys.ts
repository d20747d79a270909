import type { AddRoutes } from '../../parts.ts';
import { PublicKeySet } from '../../schemas/signing-key.ts';

/** `GET /.well-known/poolkeeper-keys.json`: by which keys records are verified, for everybody. */
export const addGetSigningKeys: AddRoutes = (app, { signingKeys }) => {
  app.get(
    '/.well-known/poolkeeper-keys.json',
    {
      config: { access: 'open' },
      schema: {
        operationId: 'getSigningKeys',
        tags: ['server'],
        summary: 'Show the keys by which turnover records are verified',
        description: 'Public halves, also of keys that were retired. Save it, and verify offline.',
        response: { 200: PublicKeySet },
      },
    },
    // A key that was rotated away a moment ago must not be taken for the one of today.
    async (_request, reply) =>
      reply.header('cache-control', 'no-cache').send(signingKeys.published() as never),
  );
};
