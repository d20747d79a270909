import { Refusal } from '@poolkeeper/core';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { ConnectionDrain } from '../http/connection-drain.ts';
import { offerHandOn } from '../http/hand-on.ts';
import type { Logger } from '../logger.ts';
import type { Clock, Timers } from '../timers.ts';
import { answerProblem } from './answer-problem.ts';
import { clusterTlsOf } from './cluster-key.ts';
import { ASK_LISTENER, LISTENER_HEADER, stripClusterHeaders, TERM_HEADER } from './cluster-headers.ts';
import type { ClusterView } from './contract.ts';
import { mayRepeat } from './exchange.ts';
import { listenAt } from './listen-at.ts';
import type { ListenAt } from './listen-at.ts';
import { LogPause } from './log-pause.ts';
import { standInFor } from './requester.ts';

/** Connections of other replicas; each has one request at a time. */
const CONNECTIONS_MAX = 20_000;
/** How long a handshake may take, in milliseconds. */
const HANDSHAKE_MS_MAX = 5_000;
/** How long a request may take to come, in milliseconds. */
const REQUEST_MS_MAX = 60_000;
/** How long a connection is kept while nobody needs it, in milliseconds; who asks heeds it. */
const IDLE_MS_MAX = 72_000;
/** The largest head that a listener takes, and what replicas add to it. */
const HEAD_BYTES_MAX = 131_072 + 4_096;

export type ClusterListenerInput = {
  readonly view: ClusterView;
  /** What replicas know each other by. */
  readonly secret: string;
  /** What answers the requests of a listener of this replica, while it keeps; undefined: there is no such listener. */
  readonly local: (listener: string) => RequestListener | undefined;
  readonly timers: Timers;
  /** Time that nobody can set. */
  readonly elapsed: Clock;
  readonly logger: Logger;
};

/**
 * Takes requests from the other replicas, over TLS with a key that both know, and answers them where this replica keeps the world.
 *
 * Nothing is passed on to a third: whoever does not keep answers 421 with the term that it knows.
 */
export class ClusterListener implements AsyncDisposable {
  readonly #input: ClusterListenerInput;
  readonly #server: Server;
  readonly #drain: ConnectionDrain;
  readonly #handshakes: LogPause;

  constructor(input: ClusterListenerInput) {
    this.#input = input;
    this.#handshakes = new LogPause(input.elapsed);
    this.#server = createServer(
      {
        ...clusterTlsOf(input.secret).server,
        handshakeTimeout: HANDSHAKE_MS_MAX,
        requestTimeout: REQUEST_MS_MAX,
        keepAliveTimeout: IDLE_MS_MAX,
        maxHeaderSize: HEAD_BYTES_MAX,
        // A client of HTTP/1.0 names none.
        requireHostHeader: false,
      },
      (request, response) => this.#take(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on('tlsClientError', (error, socket) => {
      // A network that breaks while a connection is made says nothing of who made it.
      if (!isBroken(error)) this.#warn(error, socket);
    });
    this.#drain = new ConnectionDrain(this.#server, input.timers);
  }

  /** Answers its port, for who gave 0. Errors: those of listening. */
  async listen(listen: ListenAt): Promise<number> {
    return (await listenAt(this.#server, listen)).port;
  }

  /** Answers what is under way, and closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    await this.#drain.begin();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const { [LISTENER_HEADER]: name } = request.headers;
    const listener = typeof name === 'string' ? this.#input.local(name) : undefined;
    if (name === ASK_LISTENER) return this.#answerWhether(response);
    if (!this.#isKeeping()) return this.#refuse(request, response);
    if (listener === undefined) return this.#refuseListener(request, response);
    standInFor(request);
    stripClusterHeaders(request);
    offerHandOn(response, () => this.#handOn(request, response));
    listener(request, response);
  }

  #isKeeping(): boolean {
    return this.#input.view.role() === 'keeping';
  }

  #answerWhether(response: ServerResponse): void {
    response.writeHead(this.#isKeeping() ? 204 : 421, this.#term()).end();
  }

  #refuse(request: IncomingMessage, response: ServerResponse): void {
    if (!request.complete) response.shouldKeepAlive = false;
    const { name } = this.#input.view.self;
    answerProblem(
      response,
      new Refusal('not_the_keeper', `Replica ${name} does not keep the world now. Ask the one that does.`),
      this.#term(),
    );
  }

  /** It came to a listener that this replica was not started with: waiting would not help. */
  #refuseListener(request: IncomingMessage, response: ServerResponse): void {
    if (!request.complete) response.shouldKeepAlive = false;
    const { name } = this.#input.view.self;
    const why = `Replica ${name} keeps the world, and has no such listener. Operators: start every replica with the same listeners.`;
    answerProblem(response, new Refusal('keeper_unreachable', why));
  }

  /** Has the replica that sent a request send it to the next keeper; an event stream breaks, and it goes on behind what it has. */
  #handOn(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#isKeeping() || !mayRepeat(request) || response.destroyed) return false;
    if (response.headersSent) response.destroy();
    // Once the application has let go of the answer: one that is out while it does would be a defect to it.
    else process.nextTick(() => this.#refuse(request, response));
    return true;
  }

  #term(): Record<string, string> {
    return { [TERM_HEADER]: String(this.#input.view.keeper()?.term ?? 0) };
  }

  #warn(error: Error, socket: TLSSocket): void {
    this.#handshakes.say((unsaid) =>
      this.#input.logger.warn(
        { err: error, from: socket.remoteAddress ?? null, unsaid },
        'A CONNECTION TO THE CLUSTER LISTENER WAS REFUSED: whoever opened it does not know POOLKEEPER_CLUSTER_SECRET. Give every ' +
          'replica the same, or keep others away from this port.',
      ),
    );
  }
}

function isBroken(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.code === 'ETIMEDOUT';
}
