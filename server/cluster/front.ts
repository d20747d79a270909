import { Refusal } from '@poolkeeper/core';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { BODY_BYTES_MAX } from '../http/app.ts';
import { ConnectionDrain } from '../http/connection-drain.ts';
import { answerUnreadable } from '../http/errors.ts';
import { offerHandOn, wantBody } from '../http/hand-on.ts';
import { CONFIGURATION_BYTES_MAX } from '../http/routes/configuration/within-config.ts';
import { sleep } from '../timers.ts';
import type { Clock, Timers } from '../timers.ts';
import { answerProblem } from './answer-problem.ts';
import { stripClusterHeaders } from './cluster-headers.ts';
import type { ClusterView } from './contract.ts';
import { mayRepeat } from './exchange.ts';
import type { Forward, Forwarder } from './forwarder.ts';
import { listenAt } from './listen-at.ts';
import type { ListenAt } from './listen-at.ts';
import { requireShort } from './request-body.ts';

/** The listener of the native API. */
export const MAIN_LISTENER = 'main';

/** How long the head and body of one request may take to come, in milliseconds. */
const REQUEST_MS_MAX = 60_000;
/**
 * How long clients are told that they may keep a connection that they do not need, in milliseconds. One that stops lingers at least as
 * long: who heeds it never asks on a connection that is being closed.
 */
export const IDLE_MS_TOLD = 3_000;
/** How long such a connection is really kept: longer than proxies do, which are told by their own settings. */
const IDLE_MS_MAX = 72_000;

/** What each replica answers by itself, also while it does not keep: how it is, and what helps when nobody keeps. */
const LOCAL: ReadonlySet<string> = new Set([
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /v1/cluster',
  'POST /v1/cluster/resume',
]);
/** Their bodies hold a whole configuration. */
const CONFIGURATIONS: ReadonlySet<string> = new Set(['/v1/plan', '/v1/apply']);

export type FrontInput = {
  /** `main`, `boskos`, `cloudpool:POOL`: the same on every replica. */
  readonly name: string;
  readonly view: ClusterView;
  /** The application of this replica, ready to answer; undefined while there is none. */
  readonly local: () => RequestListener | undefined;
  readonly forwarder: Forwarder;
  readonly timers: Timers;
  /** Time that nobody can set. */
  readonly elapsed: Clock;
  /** How long one that closes still takes what was on its way to it, in milliseconds. */
  readonly lingerMs: number;
  /** As `node:https` takes it; plain HTTP without. */
  readonly https?: object | null;
  /** Bytes of the head of a request; those of the runtime, where nothing is said. */
  readonly headBytesMax?: number;
};

/**
 * A listener for clients, the same on every replica: while this one keeps the world its own application answers, else the keeper does,
 * through the forwarder.
 *
 * Disposing answers what is under way, and tells clients to leave; what waits or listens ends, and goes on at another replica.
 */
export class Front implements AsyncDisposable {
  readonly #input: FrontInput;
  readonly #server: Server;
  readonly #drain: ConnectionDrain;
  #isClosing = false;

  constructor(input: FrontInput) {
    this.#input = input;
    const options: ServerOptions = {
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: IDLE_MS_TOLD,
      keepAliveTimeoutBuffer: IDLE_MS_MAX - IDLE_MS_TOLD,
      ...(input.headBytesMax === undefined ? {} : { maxHeaderSize: input.headBytesMax }),
    };
    const { https = null } = input;
    this.#server = https === null ? createServer(options) : createSecureServer({ ...options, ...https });
    this.#server.on('request', (request, response) => this.#take(request, response));
    this.#server.on('checkContinue', (request, response) => this.#takeExpecting(request, response));
    this.#server.on('clientError', answerUnreadable);
    this.#drain = new ConnectionDrain(this.#server, input.timers);
  }

  /** Answers the address. Errors: those of listening. */
  async listen(listen: ListenAt): Promise<string> {
    const { address, port, family } = await listenAt(this.#server, listen);
    const scheme = (this.#input.https ?? null) === null ? 'http' : 'https';
    return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosing || !this.#server.listening) return;
    this.#isClosing = true;
    await sleep(this.#input.timers, this.#input.lingerMs);
    this.#input.forwarder.leave();
    await this.#drain.begin();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  /** Who wants to know first whether a body is wanted is told so before it is sent. */
  #takeExpecting(request: IncomingMessage, response: ServerResponse): void {
    try {
      requireShort(request, this.#bodyBytesMax(request));
    } catch (error) {
      response.shouldKeepAlive = false;
      return answerProblem(response, error as Refusal);
    }
    response.writeContinue();
    this.#take(request, response);
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const { name, view } = this.#input;
    stripClusterHeaders(request);
    // The client's next request goes elsewhere.
    if (this.#isClosing) response.shouldKeepAlive = false;
    if (name === MAIN_LISTENER && isLocal(request)) return this.#takeLocal(request, response);
    const since = this.#input.elapsed.now();
    const listener = view.role() === 'keeping' ? this.#input.local() : undefined;
    if (listener !== undefined) return this.#serve(listener, { request, response, since });
    this.#forward({ request, response, since, serveHere: () => this.#serveLate(request, response, since) });
  }

  /** By the time that somebody kept it was this replica. */
  #serveLate(request: IncomingMessage, response: ServerResponse, since: number): void {
    const listener = this.#input.local();
    if (listener !== undefined) return this.#serve(listener, { request, response, since });
    response.shouldKeepAlive = false;
    answerProblem(response, new Refusal('stopping', 'The server is stopping. Repeat the request soon.'));
  }

  #serve(
    listener: RequestListener,
    { request, response, since }: { request: IncomingMessage; response: ServerResponse; since: number },
  ): void {
    if (mayRepeat(request)) {
      const bodyOf = wantBody(request);
      offerHandOn(response, (lastEventId) => {
        const isOnItsWay = request.readableDidRead && !request.complete;
        if (this.#input.view.role() === 'keeping' || isOnItsWay || response.destroyed) return false;
        // What the application has not read is read by whoever forwards it.
        const body = request.readableDidRead ? Buffer.from(bodyOf()) : undefined;
        this.#forward({ request, response, since, lastEventId, body });
        return true;
      });
    }
    listener(request, response);
  }

  #forward(forward: Omit<Forward, 'listener'>): void {
    const { forwarder, name } = this.#input;
    void forwarder.forward({
      ...forward,
      listener: name,
      bodyBytesMax: this.#bodyBytesMax(forward.request),
    });
  }

  #takeLocal(request: IncomingMessage, response: ServerResponse): void {
    const { view } = this.#input;
    const path = pathOf(request);
    if (path === '/readyz' && this.#isClosing)
      return answerProblem(response, new Refusal('stopping', 'The server is stopping.'));
    const listener = this.#input.local();
    if (listener !== undefined) return listener(request, response);
    if (path === '/healthz') return answerUp(response, view.self.version);
    answerProblem(
      response,
      new Refusal('no_keeper', `Replica ${view.self.name} is ${view.role()}. Repeat the request soon.`),
    );
  }

  #bodyBytesMax(request: IncomingMessage): number {
    const isConfiguration = this.#input.name === MAIN_LISTENER && CONFIGURATIONS.has(pathOf(request));
    return isConfiguration ? CONFIGURATION_BYTES_MAX : BODY_BYTES_MAX;
  }
}

function answerUp(response: ServerResponse, version: string): void {
  const body = JSON.stringify({ status: 'up', version });
  response
    .writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    .end(body);
}

function isLocal(request: IncomingMessage): boolean {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  return LOCAL.has(`${method} ${pathOf(request)}`);
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
