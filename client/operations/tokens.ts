import { once, repeat } from '../api.ts';
import type { Api, CallOptions } from '../api.ts';
import type { NewToken, operations, Token, TokenRequest } from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';

type TokensQuery = NonNullable<operations['listTokens']['parameters']['query']>;
export type { TokensQuery };

/** Who may do what. */
export type Tokens = {
  /** Every token, without its secret. `GET /v1/tokens` */
  list(query?: ListQuery<TokensQuery>, options?: CallOptions): AsyncIterable<Token>;
  /** One page of tokens. `GET /v1/tokens` */
  page(query?: Query<TokensQuery>, options?: CallOptions): Promise<Page<Token>>;
  /** `GET /v1/tokens/{id}` */
  get(id: string, options?: CallOptions): Promise<Token>;
  /** The token that asks. `GET /v1/tokens/self` */
  self(options?: CallOptions): Promise<Token>;
  /** Makes a token and tells its secret, this once. Sent once: a second one could not be told from the first. `POST /v1/tokens` */
  create(token: TokenRequest, options?: CallOptions): Promise<NewToken>;
  /** Shuts it out, at once. `DELETE /v1/tokens/{id}` */
  revoke(id: string, options?: CallOptions): Promise<Token>;
};

/** The operations of tokens, over one API. */
export function tokenOperations(api: Api): Tokens {
  const { http } = api;
  const page: Tokens['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/tokens', { ...init, params: { query: query as TokensQuery } }),
      options,
    );
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    get: (id, options) =>
      repeat(api, (init) => http.GET('/v1/tokens/{id}', { ...init, params: { path: { id } } }), options),
    self: (options) => repeat(api, (init) => http.GET('/v1/tokens/self', init), options),
    create: (body, options) => once(api, (init) => http.POST('/v1/tokens', { ...init, body }), options),
    revoke: (id, options) =>
      repeat(api, (init) => http.DELETE('/v1/tokens/{id}', { ...init, params: { path: { id } } }), options),
  };
}
