import { change, ifMatch, repeat } from '../api.ts';
import type { Api, CallOptions, ChangeOptions } from '../api.ts';
import type { operations, Workflow, WorkflowSpecification } from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';
import { untilGone } from './until-gone.ts';

type WorkflowsQuery = NonNullable<operations['listWorkflows']['parameters']['query']>;
export type { WorkflowsQuery };

/** What is done when resources move, step by step. */
export type Workflows = {
  /** Every workflow, by name. `GET /v1/workflows` */
  list(query?: ListQuery<WorkflowsQuery>, options?: CallOptions): AsyncIterable<Workflow>;
  /** One page of workflows. `GET /v1/workflows` */
  page(query?: Query<WorkflowsQuery>, options?: CallOptions): Promise<Page<Workflow>>;
  /** `GET /v1/workflows/{workflow}` */
  get(workflow: string, options?: CallOptions): Promise<Workflow>;
  /** Makes a workflow, or makes it what is said here. `PUT /v1/workflows/{workflow}` */
  put(workflow: string, specification: WorkflowSpecification, options?: ChangeOptions): Promise<Workflow>;
  /** Takes a workflow away that no pool names. `DELETE /v1/workflows/{workflow}` */
  remove(workflow: string, options?: ChangeOptions): Promise<null>;
};

export function workflowOperations(api: Api): Workflows {
  const { http } = api;
  const page: Workflows['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/workflows', { ...init, params: { query: query as WorkflowsQuery } }),
      options,
    );
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    get: (workflow, options) =>
      repeat(
        api,
        (init) => http.GET('/v1/workflows/{workflow}', { ...init, params: { path: { workflow } } }),
        options,
      ),
    put: (workflow, body, options) => {
      const params = { path: { workflow }, header: ifMatch(options) };
      return change(api, (init) => http.PUT('/v1/workflows/{workflow}', { ...init, params, body }), options);
    },
    remove: (workflow, options) => {
      const params = { path: { workflow }, header: ifMatch(options) };
      return untilGone<never>(api, (init) => http.DELETE('/v1/workflows/{workflow}', { ...init, params }), {
        ...options,
        goneCode: 'workflow_not_found',
      });
    },
  };
}
