import { change, ifMatch, repeat } from '../api.ts';
import type { Api, CallOptions, ChangeOptions } from '../api.ts';
import type { operations, Provider, ProviderSpecification } from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';
import { untilGone } from './until-gone.ts';

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
  /** Makes a provider, or makes it what is said here. `PUT /v1/providers/{provider}` */
  put(provider: string, specification: ProviderSpecification, options?: ChangeOptions): Promise<Provider>;
  /** Takes a provider away; null when it is gone at once, else it goes with its last pool. `DELETE /v1/providers/{provider}` */
  remove(provider: string, options?: ChangeOptions): Promise<Provider | null>;
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
    put: (provider, body, options) => {
      const params = { path: { provider }, header: ifMatch(options) };
      return change(api, (init) => http.PUT('/v1/providers/{provider}', { ...init, params, body }), options);
    },
    remove: (provider, options) => {
      const params = { path: { provider }, header: ifMatch(options) };
      return untilGone(api, (init) => http.DELETE('/v1/providers/{provider}', { ...init, params }), {
        ...options,
        goneCode: 'provider_not_found',
      });
    },
  };
}
