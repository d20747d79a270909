import { once, repeat } from '../api.ts';
import type { Api, CallOptions } from '../api.ts';
import type {
  operations,
  Runner,
  RunnerClaim,
  RunnerFence,
  RunnerJob,
  RunnerOutcome,
  RunnerOutput,
} from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';

type RunnersQuery = NonNullable<operations['listRunners']['parameters']['query']>;
export type { RunnersQuery };

/** How long a claim waits for a job where it does not say, in milliseconds. */
const CLAIM_WAIT_MS = 30_000;

/** Programs on other machines that do steps; and, for such a program, its work. */
export type Runners = {
  /** Every runner that was seen of late, by name. `GET /v1/runners` */
  list(query?: ListQuery<RunnersQuery>, options?: CallOptions): AsyncIterable<Runner>;
  /** One page of runners. `GET /v1/runners` */
  page(query?: Query<RunnersQuery>, options?: CallOptions): Promise<Page<Runner>>;
  /** Waits for a job; null when there is none in time. Sent once: a claim whose answer is lost comes back by itself. `POST /v1/runner/claims` */
  claim(runner: RunnerClaim, options?: CallOptions): Promise<RunnerJob | null>;
  /** `POST /v1/runner/jobs/{id}/heartbeat` */
  heartbeat(job: string, claim: RunnerFence, options?: CallOptions): Promise<void>;
  /** `POST /v1/runner/jobs/{id}/output` */
  output(job: string, output: RunnerOutput, options?: CallOptions): Promise<void>;
  /** `POST /v1/runner/jobs/{id}/result` */
  finish(job: string, outcome: RunnerOutcome, options?: CallOptions): Promise<void>;
  /** Gives the job back, for another runner. `POST /v1/runner/jobs/{id}/release` */
  release(job: string, claim: RunnerFence, options?: CallOptions): Promise<void>;
};

/** The operations of runners, over one API. */
export function runnerOperations(api: Api): Runners {
  const { http } = api;
  const page: Runners['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/runners', { ...init, params: { query: query as RunnersQuery } }),
      options,
    );
  const pathOf = (id: string) => ({ params: { path: { id } } });
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    claim: async (body, options) => {
      const claimed = await once(api, (init) => http.POST('/v1/runner/claims', { ...init, body }), {
        ...options,
        waitMs: CLAIM_WAIT_MS,
      });
      return claimed ?? null;
    },
    heartbeat: async (id, body, options) => {
      await once(
        api,
        (init) => http.POST('/v1/runner/jobs/{id}/heartbeat', { ...init, ...pathOf(id), body }),
        options,
      );
    },
    output: async (id, body, options) => {
      await repeat(
        api,
        (init) => http.POST('/v1/runner/jobs/{id}/output', { ...init, ...pathOf(id), body }),
        options,
      );
    },
    finish: async (id, body, options) => {
      await repeat(
        api,
        (init) => http.POST('/v1/runner/jobs/{id}/result', { ...init, ...pathOf(id), body }),
        options,
      );
    },
    release: async (id, body, options) => {
      await repeat(
        api,
        (init) => http.POST('/v1/runner/jobs/{id}/release', { ...init, ...pathOf(id), body }),
        options,
      );
    },
  };
}
