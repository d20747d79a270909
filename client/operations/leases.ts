import { change, ifMatch, repeat } from '../api.ts';
import type { Api, CallOptions, ChangeOptions } from '../api.ts';
import type { Lease, LeaseCredentials, LeaseRequest, operations } from '../api.gen.ts';
import { durationMs, durationText } from '../duration.ts';
import type { Duration } from '../duration.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';

type LeasesQuery = NonNullable<operations['listLeases']['parameters']['query']>;
type LeaseExplanation = operations['explainLease']['responses'][200]['content']['application/json'];
export type { LeaseExplanation, LeasesQuery };

export type RequestOptions = CallOptions & {
  /** Of several requests with the same key the first counts. The SDK makes one where nothing is said. */
  readonly idempotencyKey?: string | undefined;
};

/** How long the answer may wait while the lease is queued. */
export type WaitOptions = CallOptions & { readonly wait?: Duration | undefined };

/** How long the lease lasts from now; where nothing is said, as long as at first. */
export type RenewOptions = ChangeOptions & { readonly duration?: Duration | undefined };

/** Rights to resources, for a time. */
export type LeaseOperations = {
  /** Every lease that fits; those that live, where no status is asked for. `GET /v1/leases` */
  list(query?: ListQuery<LeasesQuery>, options?: CallOptions): AsyncIterable<Lease>;
  /** One page of leases. `GET /v1/leases` */
  page(query?: Query<LeasesQuery>, options?: CallOptions): Promise<Page<Lease>>;
  /** `GET /v1/leases/{id}`, as soon as it is not queued or the `wait` is over. */
  get(id: string, options?: WaitOptions): Promise<Lease>;
  /** Asks for resources, under a key, so that a lost answer makes no second lease. `POST /v1/leases` */
  request(request: LeaseRequest, options?: RequestOptions): Promise<Lease>;
  /** Makes a lease last longer. `POST /v1/leases/{id}/renew` */
  renew(id: string, options?: RenewOptions): Promise<Lease>;
  /** Says that the holder lives. `POST /v1/leases/{id}/heartbeat` */
  heartbeat(id: string, options?: CallOptions): Promise<Lease>;
  /** Ends a lease; one that has ended stays so. `DELETE /v1/leases/{id}` */
  end(id: string, options?: ChangeOptions): Promise<Lease>;
  /**
   * What its resources are used with, such as user name and password: to its holder alone, while it is active. Keep them out of logs.
   * `GET /v1/leases/{id}/credentials`
   */
  credentials(id: string, options?: CallOptions): Promise<LeaseCredentials>;
  /** Why a lease is where it is, and when it may be granted. `GET /v1/leases/{id}/explain` */
  explain(id: string, options?: CallOptions): Promise<LeaseExplanation>;
};

/** The operations of leases, over one API: each is one request; waiting and keeping is in `client/lease/`. */
export function leaseOperations(api: Api): LeaseOperations {
  const { http, system } = api;
  const page: LeaseOperations['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/leases', { ...init, params: { query: query as LeasesQuery } }),
      options,
    );
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    get: (id, { wait, ...options } = {}) => {
      const params = { path: { id }, query: wait === undefined ? {} : { wait: durationText(wait) } };
      const waitMs = durationMs(wait ?? 0);
      return repeat(api, (init) => http.GET('/v1/leases/{id}', { ...init, params }), { ...options, waitMs });
    },
    request: (body, { idempotencyKey = system.newKey(), ...options } = {}) => {
      const params = { header: { 'Idempotency-Key': idempotencyKey } };
      const waitMs = durationMs(body.wait ?? 0);
      return repeat(api, (init) => http.POST('/v1/leases', { ...init, params, body }), {
        ...options,
        waitMs,
      });
    },
    renew: (id, { duration, ...options } = {}) => {
      const params = { path: { id }, header: ifMatch(options) };
      const body = duration === undefined ? {} : { duration: durationText(duration) };
      return change(api, (init) => http.POST('/v1/leases/{id}/renew', { ...init, params, body }), options);
    },
    heartbeat: (id, options) =>
      repeat(
        api,
        (init) => http.POST('/v1/leases/{id}/heartbeat', { ...init, params: { path: { id } } }),
        options,
      ),
    end: (id, options) => {
      const params = { path: { id }, header: ifMatch(options) };
      return change(api, (init) => http.DELETE('/v1/leases/{id}', { ...init, params }), options);
    },
    credentials: (id, options) =>
      repeat(
        api,
        (init) => http.GET('/v1/leases/{id}/credentials', { ...init, params: { path: { id } } }),
        options,
      ),
    explain: (id, options) =>
      repeat(
        api,
        (init) => http.GET('/v1/leases/{id}/explain', { ...init, params: { path: { id } } }),
        options,
      ),
  };
}
