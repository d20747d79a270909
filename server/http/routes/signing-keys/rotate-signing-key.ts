import { ADMINS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { PublicKeySet } from '../../schemas/signing-key.ts';

/** `POST /v1/signing-keys/rotate`: a new key signs from now on. */
export const addRotateSigningKey: AddRoutes = (app, { keeper, signingKeys }) => {
  app.post(
    '/signing-keys/rotate',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'rotateSigningKey',
        tags: ['server'],
        summary: 'Sign with a new key from now on',
        description:
          'The private half of the key before it is destroyed; its public half stays, so that its records are verified as before.',
        response: { 200: PublicKeySet },
      },
    },
    async (_request, reply) => reply.send((await signingKeys.rotate(() => keeper.now())) as never),
  );
};
