import Fastify, { LogController } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Duplex } from 'node:stream';
import { trustOf } from '../../http/trust-proxy.ts';
import type { TrustProxy } from '../../http/trust-proxy.ts';
import { Dispatch } from './dispatch.ts';
import type { BoskosParts } from './parts.ts';

/** How long the head and body of one request may take to come, in milliseconds. */
const REQUEST_MS_MAX = 60_000;
/** Bytes of the head of a request: parameters are in its address, and lists of names are long. */
const HEAD_BYTES_MAX = 131_072;

export type BoskosAppInput = BoskosParts & {
  /** As `node:https` takes it; plain HTTP without. */
  readonly https?: object | null;
  /** As the server's own. */
  readonly trustProxy?: TrustProxy;
};

/**
 * The Boskos API at the root of a listener of its own: clients of the original take no other path. `listen` starts it.
 *
 * Shape: one hook takes whatever comes, before the framework has its own way with paths, methods and bodies. `close` answers those who
 * wait with what is.
 */
export function createBoskosApp({
  https = null,
  trustProxy = false,
  ...parts
}: BoskosAppInput): FastifyInstance {
  const dispatch = new Dispatch(parts);
  const maxHeaderSize = HEAD_BYTES_MAX;
  let requests = 0;
  const app = Fastify({
    requestTimeout: REQUEST_MS_MAX,
    trustProxy: trustOf(trustProxy),
    ...(https === null ? { http: { maxHeaderSize } } : { https: { ...https, maxHeaderSize } }),
    // Every request goes the same way; what it asked for is looked at there.
    rewriteUrl: () => '/',
    genReqId: () => `boskos-${(requests += 1).toString(36)}`,
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: false,
    clientErrorHandler: answerUnreadable,
  }) as unknown as FastifyInstance;
  app.addHook('onRequest', dispatch.serve);
  app.addHook('preClose', async () => dispatch.closeLines());
  app.addHook('onClose', async () => dispatch[Symbol.dispose]());
  app.route({ method: app.supportedMethods, url: '/', exposeHeadRoute: false, handler: neverReached });
  // Methods that no route can take.
  app.setNotFoundHandler(neverReached);
  return app;
}

/** The hook has answered. */
async function neverReached(): Promise<void> {}

/** Statuses of connections on which no request could be read, in the words of Go. */
const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function answerUnreadable(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const status = UNREADABLE[error.code ?? ''] ?? '400 Bad Request';
  const head = ['Content-Type: text/plain; charset=utf-8', 'Connection: close'].join('\r\n');
  socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${status}`);
}
