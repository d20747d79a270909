import { change, ifMatch, once, repeat } from '../api.ts';
import type { Api, CallOptions, ChangeOptions } from '../api.ts';
import type {
  Credentials,
  CredentialsSetting,
  Event,
  operations,
  Resource,
  ResourceAction,
  ResourceActions,
  ResourceChange,
  ResourceMove,
  ResourceRegistration,
  Turnover,
  TurnoverExport,
} from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';
import { untilGone } from './until-gone.ts';

type ResourcesQuery = NonNullable<operations['listResources']['parameters']['query']>;
type TurnoversQuery = NonNullable<operations['listTurnovers']['parameters']['query']>;
type ResourceEventsQuery = NonNullable<operations['listResourceEvents']['parameters']['query']>;
type ResourceExplanation = operations['explainResource']['responses'][200]['content']['application/json'];
type ActionResults = operations['actOnResources']['responses'][200]['content']['application/json'];
export type { ActionResults, ResourceEventsQuery, ResourceExplanation, ResourcesQuery, TurnoversQuery };

/** What is done to one resource, with a reason for people. Null is gone. */
export type ResourceAct = (
  id: string,
  action?: ResourceAction,
  options?: ChangeOptions,
) => Promise<Resource | null>;

/** The members of pools. */
export type Resources = {
  /** Every resource that fits. `GET /v1/resources` */
  list(query?: ListQuery<ResourcesQuery>, options?: CallOptions): AsyncIterable<Resource>;
  /** One page of resources. `GET /v1/resources` */
  page(query?: Query<ResourcesQuery>, options?: CallOptions): Promise<Page<Resource>>;
  /** `GET /v1/resources/{id}` */
  get(id: string, options?: CallOptions): Promise<Resource>;
  /** Adds a resource to a pool that is kept by hand. Sent once. `POST /v1/resources` */
  register(registration: ResourceRegistration, options?: CallOptions): Promise<Resource>;
  /** Changes what is said here. `PATCH /v1/resources/{id}` */
  patch(id: string, changes: ResourceChange, options?: ChangeOptions): Promise<Resource>;
  /** Retires a resource; null is gone. `DELETE /v1/resources/{id}` */
  remove(id: string, options?: ChangeOptions): Promise<Resource | null>;
  /** To another pool. Sent once. `POST /v1/resources/{id}/move` */
  move(id: string, move: ResourceMove, options?: ChangeOptions): Promise<Resource>;
  /** Stops the work on it, for a person to look at. Sent once. `POST /v1/resources/{id}/hold` */
  hold: ResourceAct;
  /** Goes on with what is held, or takes a quarantined one back. Sent once. `POST /v1/resources/{id}/retry` */
  retry: ResourceAct;
  /** Says that what it is held at is done. Sent once. `POST /v1/resources/{id}/skip` */
  skip: ResourceAct;
  /** Sets it aside as unsafe. Sent once. `POST /v1/resources/{id}/quarantine` */
  quarantine: ResourceAct;
  /** Takes it out of service for good; null is gone. `POST /v1/resources/{id}/retire` */
  retire: ResourceAct;
  /**
   * Does the same to many, each by itself, and says what became of each; `next` goes on. Sent once. `POST /v1/resources/actions`
   */
  actOnMany(actions: ResourceActions, options?: CallOptions): Promise<ActionResults>;
  /** Which credentials it has, never what is in them. `GET /v1/resources/{id}/credentials` */
  credentials(id: string, options?: CallOptions): Promise<Credentials>;
  /** Sets them: what is left out stays, null takes away. `PUT /v1/resources/{id}/credentials` */
  setCredentials(id: string, credentials: CredentialsSetting, options?: ChangeOptions): Promise<Credentials>;
  /** Takes them away. `DELETE /v1/resources/{id}/credentials` */
  removeCredentials(id: string, options?: ChangeOptions): Promise<null>;
  /** Why a resource is as it is, and what may be done. `GET /v1/resources/{id}/explain` */
  explain(id: string, options?: CallOptions): Promise<ResourceExplanation>;
  /** What happened to it, oldest first. `GET /v1/resources/{id}/events` */
  events(id: string, options?: CallOptions): AsyncIterable<Event>;
  /** One page of what happened to it. `GET /v1/resources/{id}/events` */
  eventsPage(id: string, query?: Query<ResourceEventsQuery>, options?: CallOptions): Promise<Page<Event>>;
  /** What was proven between two of its holders, signed, the first record first. `GET /v1/resources/{id}/turnovers` */
  turnovers(id: string, options?: CallOptions): AsyncIterable<Turnover>;
  /** One page of that. `GET /v1/resources/{id}/turnovers` */
  turnoversPage(id: string, query?: Query<TurnoversQuery>, options?: CallOptions): Promise<Page<Turnover>>;
  /** All of it with its signed end, as `poolkeeper verify` reads it. `GET /v1/resources/{id}/turnovers/export` */
  exportTurnovers(id: string, options?: CallOptions): Promise<TurnoverExport>;
};

/** The operations of resources, over one API. */
export function resourceOperations(api: Api): Resources {
  const { http } = api;
  const page: Resources['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/resources', { ...init, params: { query: query as ResourcesQuery } }),
      options,
    );
  const eventsPage: Resources['eventsPage'] = (id, query = {}, options) => {
    const params = { path: { id }, query: query as ResourceEventsQuery };
    return repeat(api, (init) => http.GET('/v1/resources/{id}/events', { ...init, params }), options);
  };
  const turnoversPage: Resources['turnoversPage'] = (id, query = {}, options) => {
    const params = { path: { id }, query: query as TurnoversQuery };
    return repeat(api, (init) => http.GET('/v1/resources/{id}/turnovers', { ...init, params }), options);
  };
  /** Sent once: sent twice, it could meet what the first one led to. */
  const act =
    (path: `/v1/resources/{id}/${'hold' | 'retry' | 'skip' | 'quarantine'}`): ResourceAct =>
    async (id, body = {}, options) => {
      const params = { path: { id }, header: ifMatch(options) };
      return (await once(api, (init) => http.POST(path, { ...init, params, body }), options)) ?? null;
    };
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    get: (id, options) =>
      repeat(api, (init) => http.GET('/v1/resources/{id}', { ...init, params: { path: { id } } }), options),
    register: (body, options) => once(api, (init) => http.POST('/v1/resources', { ...init, body }), options),
    patch: (id, body, options) => {
      const params = { path: { id }, header: ifMatch(options) };
      return change(api, (init) => http.PATCH('/v1/resources/{id}', { ...init, params, body }), options);
    },
    remove: (id, options) => {
      const params = { path: { id }, header: ifMatch(options) };
      return untilGone(api, (init) => http.DELETE('/v1/resources/{id}', { ...init, params }), {
        ...options,
        goneCode: 'resource_not_found',
      });
    },
    move: (id, body, options) => {
      const params = { path: { id }, header: ifMatch(options) };
      return once(api, (init) => http.POST('/v1/resources/{id}/move', { ...init, params, body }), options);
    },
    hold: act('/v1/resources/{id}/hold'),
    retry: act('/v1/resources/{id}/retry'),
    skip: act('/v1/resources/{id}/skip'),
    quarantine: act('/v1/resources/{id}/quarantine'),
    retire: (id, body = {}, options) => {
      const params = { path: { id }, header: ifMatch(options) };
      return untilGone(api, (init) => http.POST('/v1/resources/{id}/retire', { ...init, params, body }), {
        ...options,
        goneCode: 'resource_not_found',
      });
    },
    actOnMany: (body, options) =>
      once(api, (init) => http.POST('/v1/resources/actions', { ...init, body }), options),
    credentials: (id, options) =>
      repeat(
        api,
        (init) => http.GET('/v1/resources/{id}/credentials', { ...init, params: { path: { id } } }),
        options,
      ),
    setCredentials: (id, body, options) => {
      const params = { path: { id }, header: ifMatch(options) };
      return change(
        api,
        (init) => http.PUT('/v1/resources/{id}/credentials', { ...init, params, body }),
        options,
      );
    },
    removeCredentials: async (id, options) => {
      const params = { path: { id }, header: ifMatch(options) };
      await change(
        api,
        (init) => http.DELETE('/v1/resources/{id}/credentials', { ...init, params }),
        options,
      );
      return null;
    },
    explain: (id, options) =>
      repeat(
        api,
        (init) => http.GET('/v1/resources/{id}/explain', { ...init, params: { path: { id } } }),
        options,
      ),
    eventsPage,
    events: (id, options) => eachItem((paging) => eventsPage(id, paging, options)),
    turnoversPage,
    turnovers: (id, options) => eachItem((paging) => turnoversPage(id, paging, options)),
    exportTurnovers: (id, options) => {
      const params = { path: { id } };
      return repeat(
        api,
        (init) => http.GET('/v1/resources/{id}/turnovers/export', { ...init, params }),
        options,
      );
    },
  };
}
