import { ADMINS } from '../../access.ts';
import { keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { PageOf } from '../../schemas/page.ts';
import { Token, TokensQuery } from '../../schemas/token.ts';
import { viewToken } from '../../views/token.ts';

/** `GET /v1/tokens`: the tokens, in order of their ids, without their secrets. */
export const addListTokens: AddRoutes = (app, { keeper }) => {
  app.get(
    '/tokens',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'listTokens',
        tags: ['tokens'],
        summary: 'List tokens',
        querystring: TokensQuery,
        response: { 200: PageOf(Token) },
      },
    },
    async ({ query }) => {
      const cursor = keyOfCursor(query.cursor);
      return keeper.read((world) => {
        const ids = [...world.tokens.keys()].filter((id) => cursor === undefined || id > cursor);
        return pageOf(ids.toSorted(), query.limit, (id) => {
          const token = world.tokens.get(id);
          return token === undefined ? undefined : viewToken(token);
        });
      });
    },
  );
};
