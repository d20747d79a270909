import Fastify, { LogController } from 'fastify';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { trustOf } from '../../http/trust-proxy.ts';
import type { TrustProxy } from '../../http/trust-proxy.ts';
import type { Logger } from '../../logger.ts';
import type { CloudPools } from './cloud-pools.ts';
import { Dispatch } from './dispatch.ts';
import type { Authenticate, DialectSettings, Served } from './parts.ts';
import { endpointsOf } from './routes/all.ts';

/** Bytes of a request; a configuration needs some kilobytes. */
export const BODY_BYTES_MAX = 1_048_576;
/** How long the head and body of one request may take to come, in milliseconds. */
const REQUEST_MS_MAX = 60_000;

/** One place where cloud pools are served. */
export type CloudpoolMount = {
  readonly pools: CloudPools;
  readonly served: Served;
  readonly settings: DialectSettings;
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  /** The path of the mount on its server, such as `/cloudpool`; empty at the root of a listener of its own. */
  readonly prefix: string;
};

/** A dialect as a server takes it: a plugin for everything under its prefix, and what answers errors that come before any plugin. */
export type CloudpoolDialect = {
  readonly prefix: string;
  readonly plugin: FastifyPluginAsync;
  readonly handleError: (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
};

/**
 * Makes the cloud pool API for one mount.
 *
 * Shape: one route takes whatever comes under the prefix. The protocol has its own ways with methods, types, slashes and errors, and
 * they have to be the same at every mount, whatever its server does elsewhere.
 */
export function createCloudpoolDialect(mount: CloudpoolMount): CloudpoolDialect {
  const dispatch = createDispatch(mount);
  return {
    prefix: mount.prefix,
    plugin: createPlugin(mount, dispatch),
    handleError: dispatch.handleError,
  };
}

function createDispatch(mount: CloudpoolMount): Dispatch {
  const { served, settings } = mount;
  const endpoints = endpointsOf(served, settings);
  return new Dispatch({ ...mount, endpoints, face: faceOf(served), pool: served.pool });
}

function createPlugin({ pools, prefix }: CloudpoolMount, dispatch: Dispatch): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.setErrorHandler((error, request, reply) => dispatch.handleError(error, request, reply));
    app.addHook('onRequest', dispatch.admit);
    app.addHook('onResponse', async (request, reply) => dispatch.log(request, reply));
    app.addHook('preClose', async () => pools[Symbol.dispose]());
    const route = {
      method: app.supportedMethods,
      exposeHeadRoute: false,
      schema: { hide: true },
      handler: dispatch.serve,
    };
    if (prefix !== '') app.route({ ...route, url: '' });
    app.route({ ...route, url: '/*' });
  };
}

function faceOf(served: Served): 'singleton' | 'instance' | 'versionOne' {
  if (served.api === 'versionOne') return 'versionOne';
  return served.pool === null ? 'instance' : 'singleton';
}

export type CloudpoolAppInput = Omit<CloudpoolMount, 'prefix'> & {
  /** As `node:https` takes it, client certificates included; plain HTTP without. */
  readonly https?: object | null;
  /** As the server's own. */
  readonly trustProxy?: TrustProxy;
  readonly bodyBytesMax?: number;
};

/** A server of its own, with the API at its root: for clients that cannot be given a path. `listen` starts it. */
export function createCloudpoolApp(input: CloudpoolAppInput): FastifyInstance {
  const mount: CloudpoolMount = { ...input, prefix: '' };
  const dispatch = createDispatch(mount);
  let requests = 0;
  const app = Fastify({
    bodyLimit: input.bodyBytesMax ?? BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    trustProxy: trustOf(input.trustProxy ?? false),
    ...serverOptions(input.https ?? null),
    rewriteUrl: ({ url = '/' }) => originForm(url),
    genReqId: () => `cloudpool-${(requests += 1).toString(36)}`,
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) =>
      void dispatch.handleError(error, request as never, reply as never),
    clientErrorHandler: answerUnreadable,
  }) as unknown as FastifyInstance;
  app.setErrorHandler((error, request, reply) => dispatch.handleError(error, request, reply));
  // Methods that no route can take.
  app.setNotFoundHandler(async (request, reply) => {
    const answered = await dispatch.admit(request, reply);
    return answered ?? reply;
  });
  app.register(createPlugin(mount, dispatch));
  app.server.on('checkExpectation', ({ socket }: IncomingMessage) =>
    refuse(socket, '417 Expectation Failed'),
  );
  return app;
}

/** A request without a host is refused by us, in the words of the protocol. */
function serverOptions(https: object | null): object {
  const requireHostHeader = false;
  return https === null ? { http: { requireHostHeader } } : { https: { ...https, requireHostHeader } };
}

/** What a client asks for that takes us for a proxy, without the address before the path (RFC 9112, 3.2.2). */
function originForm(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

/** Statuses of connections on which no request could be read. */
const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function answerUnreadable(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  refuse(socket, UNREADABLE[error.code ?? ''] ?? '400 Bad Request');
}

/** Answers where no request came to be; `status` with its words. */
function refuse(socket: Duplex, status: string): void {
  const body = JSON.stringify({ message: `the request could not be read: ${status.slice(4)}`, detail: '' });
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
