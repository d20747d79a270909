import { change, ifMatch, repeat } from '../api.ts';
import type { Api, CallOptions, ChangeOptions } from '../api.ts';
import type { operations, Secret } from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';
import { untilGone } from './until-gone.ts';

type SecretsQuery = NonNullable<operations['listSecrets']['parameters']['query']>;
export type { SecretsQuery };

/** What steps need and nobody may read: a value goes in and never comes out. */
export type Secrets = {
  /** Every secret, by name, without its value. `GET /v1/secrets` */
  list(query?: ListQuery<SecretsQuery>, options?: CallOptions): AsyncIterable<Secret>;
  /** One page of secrets. `GET /v1/secrets` */
  page(query?: Query<SecretsQuery>, options?: CallOptions): Promise<Page<Secret>>;
  /** `GET /v1/secrets/{name}` */
  get(name: string, options?: CallOptions): Promise<Secret>;
  /** Sets a secret, new or not. Its version rises with each call that arrives. `PUT /v1/secrets/{name}` */
  set(name: string, value: string, options?: ChangeOptions): Promise<Secret>;
  /** Refused while a workflow names it. `DELETE /v1/secrets/{name}` */
  remove(name: string, options?: ChangeOptions): Promise<null>;
};

/** The operations of secrets, over one API. */
export function secretOperations(api: Api): Secrets {
  const { http } = api;
  const page: Secrets['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/secrets', { ...init, params: { query: query as SecretsQuery } }),
      options,
    );
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    get: (name, options) =>
      repeat(api, (init) => http.GET('/v1/secrets/{name}', { ...init, params: { path: { name } } }), options),
    set: (name, value, options) => {
      const params = { path: { name }, header: ifMatch(options) };
      return change(
        api,
        (init) => http.PUT('/v1/secrets/{name}', { ...init, params, body: { value } }),
        options,
      );
    },
    remove: async (name, options) => {
      const params = { path: { name }, header: ifMatch(options) };
      await untilGone(api, (init) => http.DELETE('/v1/secrets/{name}', { ...init, params }), {
        ...options,
        goneCode: 'secret_not_found',
      });
      return null;
    },
  };
}
