import Fastify, { LogController } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { trustOf } from '../../http/trust-proxy.ts';
import type { TrustProxy } from '../../http/trust-proxy.ts';
import { Dispatch } from './dispatch.ts';
import type { AcctpoolParts } from './parts.ts';

/** Bytes of a request's body, which nobody reads: whatever is said is in the address. */
const BODY_BYTES_MAX = 65_536;
/** How long the head and body of one request may take to come, in milliseconds. */
const REQUEST_MS_MAX = 60_000;

export type AcctpoolAppInput = AcctpoolParts & {
  /** As `node:https` takes it; plain HTTP without. */
  readonly https?: object | null;
  /** As the server's own. */
  readonly trustProxy?: TrustProxy;
};

/** The account pool API at the root of a server of its own. `listen` starts it. */
export function createAcctpoolApp(input: AcctpoolAppInput): FastifyInstance {
  const dispatch = new Dispatch(input);
  const { https = null } = input;
  let requests = 0;
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    trustProxy: trustOf(input.trustProxy ?? false),
    ...(https === null ? {} : { https }),
    // Paths are read by the dispatch: the framework would refuse some of them in its own words.
    rewriteUrl: ({ url = '/' }) => originForm(url),
    genReqId: () => `acctpool-${(requests += 1).toString(36)}`,
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) =>
      void dispatch.handleError(error, request as never, reply as never),
  }) as unknown as FastifyInstance;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => dispatch.handleError(error, request, reply));
  app.setNotFoundHandler(dispatch.serve);
  app.addHook('onResponse', async (request, reply) => dispatch.log(request, reply));
  app.route({
    method: app.supportedMethods,
    exposeHeadRoute: false,
    schema: { hide: true },
    handler: dispatch.serve,
    url: '/*',
  });
  return app;
}

/** What a client asks for that takes us for a proxy, without the address before the path (RFC 9112, 3.2.2). */
function originForm(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}
