import { ADMINS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { IdPath } from '../../schemas/path.ts';
import { Token } from '../../schemas/token.ts';
import { viewToken } from '../../views/token.ts';

/** `DELETE /v1/tokens/{id}`: shuts somebody out, at once. */
export const addRevokeToken: AddRoutes = (app, { keeper }) => {
  app.delete(
    '/tokens/:id',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'revokeToken',
        tags: ['tokens'],
        summary: 'Revoke a token',
        description:
          'From its answer on the token opens nothing. The leases of its holder stay until they end.',
        params: IdPath,
        response: { 200: Token },
      },
    },
    async ({ params }) => viewToken(await keeper.ask({ type: 'revokeToken', token: params.id })),
  );
};
