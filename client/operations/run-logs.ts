import { repeat } from '../api.ts';
import type { Api, CallOptions } from '../api.ts';
import type { operations, RunLogEntry } from '../api.gen.ts';
import { followStream } from '../events/follow-stream.ts';
import type { FollowOptions } from '../events/follow-stream.ts';

type RunLogQuery = NonNullable<operations['getRunLog']['parameters']['query']>;
export type { RunLogQuery };

/** What the steps of runs put out. */
export type RunLogs = {
  /** One page of the log as a text for people. `GET /v1/runs/{id}/log` */
  log(id: string, query?: RunLogQuery, options?: CallOptions): Promise<string>;
  /** One page of the log, entry by entry. `GET /v1/runs/{id}/log` */
  logPage(id: string, query?: RunLogQuery, options?: CallOptions): Promise<readonly RunLogEntry[]>;
  /**
   * The log from the beginning, or behind an entry, and what comes as it comes; it ends when the run does. A connection
   * that is cut is made again, and goes on where it was. `GET /v1/runs/{id}/log`
   *
   * Errors: `ApiError` for a refusal; `NoAnswerError` when the server is away for too long; the reason of `signal`.
   */
  followLog(id: string, options?: FollowOptions & { readonly after?: number }): AsyncIterable<RunLogEntry>;
};

const LINES_TYPE = 'application/x-ndjson';

/** The operations of the logs of runs, over one API. */
export function runLogOperations(api: Api): RunLogs {
  const { http } = api;
  const read = (id: string, query: RunLogQuery, accept: string, options?: CallOptions): Promise<string> =>
    repeat<string>(
      api,
      async (init) => {
        const answer = await http.GET('/v1/runs/{id}/log', {
          ...init,
          params: { path: { id }, query },
          headers: { accept },
          parseAs: 'text',
        });
        // A run that has put out nothing has an empty log, which is an answer.
        return (answer.response.ok ? { ...answer, data: answer.data ?? '' } : answer) as never;
      },
      options,
    );
  return {
    log: (id, query = {}, options) => read(id, query, 'text/plain', options),
    logPage: async (id, query = {}, options) => {
      const text = await read(id, query, LINES_TYPE, options);
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as RunLogEntry);
    },
    followLog: (id, { after, ...options } = {}) => ({
      [Symbol.asyncIterator]: () =>
        followStream<RunLogEntry>(api, {
          ...options,
          after,
          askAfter: (place) => (init) =>
            http.GET('/v1/runs/{id}/log', {
              ...init,
              params: { path: { id }, query: place === undefined ? {} : { after: place } },
            }),
        }),
    }),
  };
}
