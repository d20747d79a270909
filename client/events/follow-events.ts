import type { Api } from '../api.ts';
import type { Event, operations } from '../api.gen.ts';
import { followStream } from './follow-stream.ts';
import type { FollowOptions } from './follow-stream.ts';

export type StreamQuery = NonNullable<operations['listEvents']['parameters']['query']>;

/** Events as they happen, over as many connections as that takes. Each loop over it begins anew. */
export function followEvents(api: Api, query: StreamQuery, options: FollowOptions): AsyncIterable<Event> {
  return {
    [Symbol.asyncIterator]: () =>
      followStream<Event>(api, {
        ...options,
        after: query.after,
        askAfter: (after) => (init) =>
          api.http.GET('/v1/events', {
            ...init,
            params: { query: after === undefined ? query : { ...query, after } },
          }),
      }),
  };
}
