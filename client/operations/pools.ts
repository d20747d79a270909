import { change, ifMatch, once, repeat } from '../api.ts';
import type { Api, CallOptions, ChangeOptions } from '../api.ts';
import type {
  MemberAddition,
  MemberRemoval,
  operations,
  Pool,
  PoolChange,
  PoolSpecification,
} from '../api.gen.ts';
import { durationMs, durationText } from '../duration.ts';
import type { Duration } from '../duration.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';
import { untilGone } from './until-gone.ts';

type PoolsQuery = NonNullable<operations['listPools']['parameters']['query']>;
type PoolExplanation = operations['explainPool']['responses'][200]['content']['application/json'];
type MovedMembers = operations['addPoolMembers']['responses'][200]['content']['application/json'];
export type { MovedMembers, PoolExplanation, PoolsQuery };

/** What comes into a pool, or goes from it, and how long the answer may wait until it has arrived. */
type Waitable<Body> = Omit<Body, 'wait'> & { readonly wait?: Duration | undefined };
export type AdditionInput = Waitable<MemberAddition>;
export type RemovalInput = Waitable<MemberRemoval>;

/** What there is to lend. */
export type Pools = {
  /** Every pool, by name. `GET /v1/pools` */
  list(query?: ListQuery<PoolsQuery>, options?: CallOptions): AsyncIterable<Pool>;
  /** One page of pools. `GET /v1/pools` */
  page(query?: Query<PoolsQuery>, options?: CallOptions): Promise<Page<Pool>>;
  /** `GET /v1/pools/{pool}` */
  get(pool: string, options?: CallOptions): Promise<Pool>;
  /** Makes a pool, or makes it what is said here. `PUT /v1/pools/{pool}` */
  put(pool: string, specification: PoolSpecification, options?: ChangeOptions): Promise<Pool>;
  /** Changes what is said here. `PATCH /v1/pools/{pool}` */
  patch(pool: string, changes: PoolChange, options?: ChangeOptions): Promise<Pool>;
  /** Begins to remove a pool; null when it is gone at once. `DELETE /v1/pools/{pool}` */
  remove(pool: string, options?: ChangeOptions): Promise<Pool | null>;
  /** Why a pool is as it is. `GET /v1/pools/{pool}/explain` */
  explain(pool: string, options?: CallOptions): Promise<PoolExplanation>;
  /** Takes resources from another pool into this one. Sent once. `POST /v1/pools/{pool}/add` */
  addMembers(pool: string, addition?: AdditionInput, options?: CallOptions): Promise<MovedMembers>;
  /** Gives resources of this pool to another one. Sent once. `POST /v1/pools/{pool}/remove` */
  removeMembers(pool: string, removal?: RemovalInput, options?: CallOptions): Promise<MovedMembers>;
};

/** The operations of pools, over one API. */
export function poolOperations(api: Api): Pools {
  const { http } = api;
  const page: Pools['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/pools', { ...init, params: { query: query as PoolsQuery } }),
      options,
    );
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    get: (pool, options) =>
      repeat(api, (init) => http.GET('/v1/pools/{pool}', { ...init, params: { path: { pool } } }), options),
    put: (pool, body, options) => {
      const params = { path: { pool }, header: ifMatch(options) };
      return change(api, (init) => http.PUT('/v1/pools/{pool}', { ...init, params, body }), options);
    },
    patch: (pool, body, options) => {
      const params = { path: { pool }, header: ifMatch(options) };
      return change(api, (init) => http.PATCH('/v1/pools/{pool}', { ...init, params, body }), options);
    },
    remove: (pool, options) => {
      const params = { path: { pool }, header: ifMatch(options) };
      return untilGone(api, (init) => http.DELETE('/v1/pools/{pool}', { ...init, params }), {
        ...options,
        goneCode: 'pool_not_found',
      });
    },
    explain: (pool, options) =>
      repeat(
        api,
        (init) => http.GET('/v1/pools/{pool}/explain', { ...init, params: { path: { pool } } }),
        options,
      ),
    addMembers: (pool, addition = {}, options) => {
      const { body, waitMs } = readWait(addition);
      const params = { path: { pool } };
      return once(api, (init) => http.POST('/v1/pools/{pool}/add', { ...init, params, body }), {
        ...options,
        waitMs,
      });
    },
    removeMembers: (pool, removal = {}, options) => {
      const { body, waitMs } = readWait(removal);
      const params = { path: { pool } };
      return once(api, (init) => http.POST('/v1/pools/{pool}/remove', { ...init, params, body }), {
        ...options,
        waitMs,
      });
    },
  };
}

function readWait<Body extends { readonly wait?: Duration | undefined }>({
  wait,
  ...body
}: Body): { body: Omit<Body, 'wait'> & { wait?: string }; waitMs: number } {
  if (wait === undefined) return { body, waitMs: 0 };
  return { body: { ...body, wait: durationText(wait) }, waitMs: durationMs(wait) };
}
