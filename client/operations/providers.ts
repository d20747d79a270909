import { repeat } from '../api.ts';
import type { Api, CallOptions } from '../api.ts';
import type { operations, Provider } from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';

type ProvidersQuery = NonNullable<operations['listProviders']['parameters']['query']>;
export type { ProvidersQuery };

/** Where resources come from, and how each account there does. */
export type Providers = {
  /** Every provider, by name. `GET /v1/providers` */
  list(query?: ListQuery<ProvidersQuery>, options?: CallOptions): AsyncIterable<Provider>;
  /** One page of providers. `GET /v1/providers` */
  page(query?: Query<ProvidersQuery>, options?: CallOptions): Promise<Page<Provider>>;
  /** `GET /v1/providers/{provider}` */
  get(provider: string, options?: CallOptions): Promise<Provider>;
};

export function providerOperations(api: Api): Providers {
  const { http } = api;
  const page: Providers['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/providers', { ...init, params: { query: query as ProvidersQuery } }),
      options,
    );
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    get: (provider, options) =>
      repeat(
        api,
        (init) => http.GET('/v1/providers/{provider}', { ...init, params: { path: { provider } } }),
        options,
      ),
  };
}
