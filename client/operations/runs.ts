import { ifMatch, once, repeat } from '../api.ts';
import type { Api, CallOptions, ChangeOptions } from '../api.ts';
import type { operations, Run, RunApproval, RunDenial } from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';

type RunsQuery = NonNullable<operations['listRuns']['parameters']['query']>;
export type { RunsQuery };

/** Workflows on their way through a resource, and those that are over. */
export type Runs = {
  /** Every run that fits: live ones, the newest first, then those that are over. `GET /v1/runs` */
  list(query?: ListQuery<RunsQuery>, options?: CallOptions): AsyncIterable<Run>;
  /** One page of runs. `GET /v1/runs` */
  page(query?: Query<RunsQuery>, options?: CallOptions): Promise<Page<Run>>;
  /** `GET /v1/runs/{id}` */
  get(id: string, options?: CallOptions): Promise<Run>;
  /**
   * Says yes to what it asks (`asks`); with `ifVersion` to that question alone. Sent once: sent twice, it could answer the
   * next question. `POST /v1/runs/{id}/approve`
   */
  approve(id: string, approval?: RunApproval, options?: ChangeOptions): Promise<Run>;
  /** Says no to what it asks, and why: the step has failed. Sent once. `POST /v1/runs/{id}/deny` */
  deny(id: string, denial: RunDenial, options?: ChangeOptions): Promise<Run>;
};

/** The operations of runs, over one API. */
export function runOperations(api: Api): Runs {
  const { http } = api;
  const page: Runs['page'] = (query = {}, options) =>
    repeat(api, (init) => http.GET('/v1/runs', { ...init, params: { query: query as RunsQuery } }), options);
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    get: (id, options) =>
      repeat(api, (init) => http.GET('/v1/runs/{id}', { ...init, params: { path: { id } } }), options),
    approve: (id, body = {}, options) => {
      const params = { path: { id }, header: ifMatch(options) };
      return once(api, (init) => http.POST('/v1/runs/{id}/approve', { ...init, params, body }), options);
    },
    deny: (id, body, options) => {
      const params = { path: { id }, header: ifMatch(options) };
      return once(api, (init) => http.POST('/v1/runs/{id}/deny', { ...init, params, body }), options);
    },
  };
}
