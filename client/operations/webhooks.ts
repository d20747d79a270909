import { ifMatch, once, repeat } from '../api.ts';
import type { Api, CallOptions, ChangeOptions } from '../api.ts';
import type { operations, Webhook, WebhookSpecification, WebhookTest } from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';
import { untilGone } from './until-gone.ts';

type WebhooksQuery = NonNullable<operations['listWebhooks']['parameters']['query']>;
export type { WebhooksQuery };

/** Who is told of what happens. */
export type Webhooks = {
  /** Every webhook, by name. `GET /v1/webhooks` */
  list(query?: ListQuery<WebhooksQuery>, options?: CallOptions): AsyncIterable<Webhook>;
  /** One page of webhooks. `GET /v1/webhooks` */
  page(query?: Query<WebhooksQuery>, options?: CallOptions): Promise<Page<Webhook>>;
  /** `GET /v1/webhooks/{webhook}` */
  get(webhook: string, options?: CallOptions): Promise<Webhook>;
  /**
   * Has somebody be told, or changes that. A `secret` in the answer is shown this once, so it is sent once: what to do after a
   * lost answer is to ask for a new one. `PUT /v1/webhooks/{webhook}`
   */
  put(webhook: string, specification: WebhookSpecification, options?: ChangeOptions): Promise<Webhook>;
  /** Tells somebody nothing more. `DELETE /v1/webhooks/{webhook}` */
  remove(webhook: string, options?: ChangeOptions): Promise<null>;
  /** Sends a test message, and says what came of it. `POST /v1/webhooks/{webhook}/test` */
  test(webhook: string, options?: CallOptions): Promise<WebhookTest>;
  /** Tries a receiver again at once, also one that was given up. `POST /v1/webhooks/{webhook}/retry` */
  retry(webhook: string, options?: CallOptions): Promise<Webhook>;
};

/** How long the server may wait for a receiver, in milliseconds. */
const TEST_MS_MAX = 60_000;

/** The operations of webhooks, over one API. */
export function webhookOperations(api: Api): Webhooks {
  const { http } = api;
  const page: Webhooks['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/webhooks', { ...init, params: { query: query as WebhooksQuery } }),
      options,
    );
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    get: (webhook, options) =>
      repeat(
        api,
        (init) => http.GET('/v1/webhooks/{webhook}', { ...init, params: { path: { webhook } } }),
        options,
      ),
    put: (webhook, body, options) => {
      const params = { path: { webhook }, header: ifMatch(options) };
      return once(api, (init) => http.PUT('/v1/webhooks/{webhook}', { ...init, params, body }), options);
    },
    remove: async (webhook, options) => {
      const params = { path: { webhook }, header: ifMatch(options) };
      await untilGone(api, (init) => http.DELETE('/v1/webhooks/{webhook}', { ...init, params }), {
        ...options,
        goneCode: 'webhook_not_found',
      });
      return null;
    },
    test: (webhook, options) =>
      once(
        api,
        (init) => http.POST('/v1/webhooks/{webhook}/test', { ...init, params: { path: { webhook } } }),
        { ...options, waitMs: TEST_MS_MAX },
      ),
    retry: (webhook, options) =>
      repeat(
        api,
        (init) => http.POST('/v1/webhooks/{webhook}/retry', { ...init, params: { path: { webhook } } }),
        options,
      ),
  };
}
