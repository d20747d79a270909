import { repeat } from '../api.ts';
import type { Api, CallOptions } from '../api.ts';
import type { LedgerEntry, operations } from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';

type LedgerQuery = NonNullable<operations['listLedger']['parameters']['query']>;
export type { LedgerQuery };

/** Everything that was ever asked of a provider, from intent to proven gone, and what leaked. */
export type Ledger = {
  /** Every entry: leaks first. With `state: 'gone'` the history. `GET /v1/ledger` */
  list(query?: ListQuery<LedgerQuery>, options?: CallOptions): AsyncIterable<LedgerEntry>;
  /** One page of entries. `GET /v1/ledger` */
  page(query?: Query<LedgerQuery>, options?: CallOptions): Promise<Page<LedgerEntry>>;
};

export function ledgerOperations(api: Api): Ledger {
  const { http } = api;
  const page: Ledger['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/ledger', { ...init, params: { query: query as LedgerQuery } }),
      options,
    );
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
  };
}
