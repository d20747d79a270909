import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as sendRequest } from 'node:https';
import type { Agent } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../logger.ts';
import type { ReplicaCard } from '../store/shared-contract.ts';
import type { Timers } from '../timers.ts';
import { ASK_LISTENER, LISTENER_HEADER } from './cluster-headers.ts';
import type { ClusterView } from './contract.ts';
import type { Exchange, Sent } from './exchange.ts';
import type { Serving } from './keeper-watch.ts';
import type { Leaving } from './leaving.ts';
import type { LogPause } from './log-pause.ts';
import { relayAnswer } from './relay-answer.ts';

/** How long a connection to another replica may take to come about, in milliseconds. */
export const CONNECT_MS_MAX = 2_000;
/** How long an answer may be silent after another replica has the world; its keeper may be stopped or cut off. Milliseconds. */
export const SILENT_MS_MAX = 1_000;
/** Bytes of the head of an answer. */
const HEAD_BYTES_MAX = 65_536;

export type SendParts = {
  readonly agent: Agent;
  readonly view: ClusterView;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Keeps what is logged of handshakes that fail within bounds. */
  readonly handshakes: LogPause;
};

export type Sending = {
  readonly exchange: Exchange;
  readonly serving: Serving;
  readonly waitedMs: number;
  /** Aborts when the client goes. */
  readonly gone: AbortSignal;
  readonly leaving: Leaving;
  readonly onHead: () => void;
};

/** Sends a request to a keeper and passes its answer on. Never rejects. */
export function sendOnce(parts: SendParts, sending: Sending): Promise<Sent> {
  const { exchange, serving, waitedMs, gone, leaving, onHead } = sending;
  const { path, headers, body } = exchange.messageAfter(waitedMs);
  return new Promise((resolve) => {
    const upstream = open(parts, serving.card, { method: exchange.request.method ?? 'GET', path, headers });
    const taken = watchConnection(parts, serving.card, upstream);
    let answer: IncomingMessage | undefined;
    let isEnded = false;
    const end = (sent: Sent): void => {
      if (isEnded) return;
      isEnded = true;
      unwatch();
      stay();
      gone.removeEventListener('abort', onGone);
      resolve(sent);
    };
    const onGone = (): void => {
      end('gone');
      upstream.destroy();
    };
    const unwatch = watchTerm(parts, serving, upstream, () => answer);
    const stay = leaving.whenBegun(() => {
      if (answer !== undefined || !exchange.canWaitLess) return;
      end('ended');
      upstream.destroy();
    });
    gone.addEventListener('abort', onGone, { once: true });
    if (gone.aborted) onGone();
    upstream.on('response', (response) => {
      answer = response;
      if (response.statusCode === NOT_THE_KEEPER) {
        response.resume();
        return end('notTaken');
      }
      onHead();
      void relayAnswer(exchange, response, leaving).then((relayed) => {
        end(relayed);
        if (!response.complete) upstream.destroy();
      });
    });
    // With an answer the relay sees how it ends.
    upstream.on('error', () => answer === undefined && end(taken() ? 'broken' : 'notTaken'));
    upstream.on('close', () => answer === undefined && end(taken() ? 'broken' : 'notTaken'));
    upstream.end(body);
  });
}

/** The status of a replica that does not keep: RFC 9110 §15.5.20, Misdirected Request. */
const NOT_THE_KEEPER = 421;

/** Would the replica take requests now? Never rejects. */
export function askKeeper(parts: SendParts, card: ReplicaCard): Promise<boolean> {
  return new Promise((resolve) => {
    const upstream = open(parts, card, {
      method: 'GET',
      path: '/',
      headers: [LISTENER_HEADER, ASK_LISTENER, 'host', 'keeper'],
    });
    watchConnection(parts, card, upstream);
    const cancel = parts.timers.set(CONNECT_MS_MAX, () => upstream.destroy());
    upstream.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 204);
    });
    upstream.on('error', () => {});
    upstream.on('close', () => {
      cancel();
      resolve(false);
    });
    upstream.end();
  });
}

function open(
  { agent }: SendParts,
  { address }: ReplicaCard,
  message: { method: string; path: string; headers: string[] },
): ClientRequest {
  const at = address.lastIndexOf(':');
  return sendRequest({
    agent,
    host: address.slice(0, at).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(at + 1)),
    maxHeaderSize: HEAD_BYTES_MAX,
    ...message,
  });
}

/**
 * Bounds the time in which the connection comes about. The answer says whether the other end may have read anything of the request:
 * nothing is sent before it has proven that it knows the secret.
 */
function watchConnection(
  { timers, logger, handshakes }: SendParts,
  card: ReplicaCard,
  upstream: ClientRequest,
): () => boolean {
  let isTaken = false;
  let isConnected = false;
  upstream.on('socket', (socket) => {
    if (upstream.reusedSocket) {
      isTaken = true;
      return;
    }
    const cancel = timers.set(CONNECT_MS_MAX, () => upstream.destroy());
    socket.once('connect', () => {
      isConnected = true;
    });
    (socket as TLSSocket).once('secureConnect', () => {
      cancel();
      isTaken = true;
    });
    socket.once('close', cancel);
  });
  upstream.on('error', (error) => {
    if (isTaken || !isConnected) return;
    const { code } = error as NodeJS.ErrnoException;
    handshakes.say((unsaid) =>
      logger.warn(
        { err: error, replica: card.name, address: card.address, unsaid },
        code === 'ECONNRESET'
          ? 'the connection to a replica broke before it was secured; requests wait until it is there again'
          : 'A REPLICA DID NOT ACCEPT THIS ONE: give every replica the same POOLKEEPER_CLUSTER_SECRET, and an address of its own cluster ' +
              'listener with --cluster-address. Requests wait until it does.',
      ),
    );
  });
  return () => isTaken;
}

/** Cuts an answer that is silent after another replica has the world: the one that was asked may stand still for ever. */
function watchTerm(
  { view, timers }: SendParts,
  { term }: Serving,
  upstream: ClientRequest,
  answer: () => IncomingMessage | undefined,
): () => void {
  let cancel = (): void => {};
  let bytesSeen = -1;
  let isWatched = false;
  const look = (): void => {
    const bytes = upstream.socket?.bytesRead ?? 0;
    if (bytes === bytesSeen && answer()?.isPaused() !== true) return void upstream.destroy();
    bytesSeen = bytes;
    cancel = timers.set(SILENT_MS_MAX, look);
  };
  const unwatch = view.onChange(() => {
    const keeper = view.keeper();
    if (isWatched || keeper === undefined || keeper.term === term) return;
    isWatched = true;
    bytesSeen = upstream.socket?.bytesRead ?? 0;
    cancel = timers.set(SILENT_MS_MAX, look);
  });
  return () => {
    unwatch();
    cancel();
  };
}
