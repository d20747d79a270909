import { repeat } from '../api.ts';
import type { Api, CallOptions } from '../api.ts';
import type { Event, operations } from '../api.gen.ts';
import { followEvents } from '../events/follow-events.ts';
import type { FollowOptions } from '../events/follow-stream.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';

type EventsQuery = NonNullable<operations['listEvents']['parameters']['query']>;
export type { EventsQuery };

export type EventsInput = ListQuery<EventsQuery> &
  FollowOptions & {
    /** Does it go on with what happens from now on? Where nothing is said it does, and ends when the loop or the signal does. */
    readonly follow?: boolean | undefined;
  };

/** What happened, in order. */
export type Events = {
  /**
   * Events as they happen, or with `follow: false` those that there are. Where no `after` is said, the former begins now
   * and the latter at the beginning. A connection that is cut is made again, and goes on where it was: no event is lost or
   * comes twice. `GET /v1/events`
   *
   * Errors: `ApiError` for a refusal; `NoAnswerError` when the server is away for too long; the reason of `signal`.
   *
   * @example
   * ```ts
   * import { createPoolkeeper } from '@poolkeeper/client';
   *
   * const poolkeeper = createPoolkeeper({ url: 'http://127.0.0.1:7420', token: 'pk_…' });
   * for await (const event of poolkeeper.events({ pool: 'boards', after: 0 })) {
   *   console.log(event.seq, event.type);
   *   if (event.type === 'lease.granted') break;
   * }
   * ```
   */
  (input?: EventsInput): AsyncIterable<Event>;
  /** One page of events, oldest first. `GET /v1/events` */
  page(query?: Query<EventsQuery>, options?: CallOptions): Promise<Page<Event>>;
};

/** The operations of events, over one API. */
export function eventOperations(api: Api): Events {
  const page: Events['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => api.http.GET('/v1/events', { ...init, params: { query: query as EventsQuery } }),
      options,
    );
  const events = ({ follow = true, signal, onCut, ...query }: EventsInput = {}): AsyncIterable<Event> =>
    follow
      ? followEvents(api, query as EventsQuery, { signal, onCut })
      : eachItem((paging) => page({ ...query, ...paging }, { signal }));
  return Object.assign(events, { page });
}
