import { Refusal } from '@poolkeeper/core';
import { Agent } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BODY_BYTES_MAX } from '../http/app.ts';
import type { Logger } from '../logger.ts';
import type { ReplicaCard } from '../store/shared-contract.ts';
import type { Clock, Timers } from '../timers.ts';
import { answerProblem } from './answer-problem.ts';
import { clusterTlsOf } from './cluster-key.ts';
import type { ClusterView } from './contract.ts';
import { Exchange } from './exchange.ts';
import type { Sent } from './exchange.ts';
import { KeeperWatch } from './keeper-watch.ts';
import type { Serving } from './keeper-watch.ts';
import { Leaving } from './leaving.ts';
import { LogPause } from './log-pause.ts';
import { RequestBodies } from './request-body.ts';
import { askKeeper, sendOnce } from './send-once.ts';
import type { SendParts } from './send-once.ts';

/** Requests that may be forwarded at once; each has a connection of its own while it waits. */
export const FORWARDS_MAX = 5_000;
/** Connections to the keeper that are kept while nobody needs them. */
const FREE_CONNECTIONS_MAX = 256;
/** How often one request is sent again after its connection broke. */
const BROKEN_MAX = 5;
/** Who was served for so long before it broke is troubled anew, in milliseconds. */
const LASTED_MS = 1_000;
/** How often the network is asked whether the other end of a connection is there, in milliseconds. */
const KEEP_ALIVE_MS = 1_000;

/** What becomes of requests that are forwarded. */
export const FORWARD_OUTCOMES = ['answered', 'refused', 'unknown', 'gone'] as const;
export type ForwardOutcome = (typeof FORWARD_OUTCOMES)[number];

/** What is told of forwarding; durations are milliseconds. */
export type ForwardProbe = {
  /** A request has ended; `durationMs` is the time until the head of its answer. */
  forwarded(outcome: ForwardOutcome, durationMs: number): void;
  /** So many requests wait for somebody who takes them. */
  held(count: number): void;
};

export type ForwarderInput = {
  readonly view: ClusterView;
  /** What replicas know each other by; null: nothing is forwarded, and whoever asks is told why. */
  readonly secret: string | null;
  readonly timers: Timers;
  /** Time that nobody can set. */
  readonly elapsed: Clock;
  readonly logger: Logger;
  readonly probe?: ForwardProbe;
  readonly limits?: {
    readonly holdMs?: number;
    readonly heldMax?: number;
    readonly forwardsMax?: number;
    readonly bufferedBytesMax?: number;
  };
};

/** One request for the keeper. */
export type Forward = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Which listener it came to. */
  readonly listener: string;
  readonly bodyBytesMax?: number;
  /** When it came, by `elapsed`; now, where nothing is said. */
  readonly since?: number;
  /** How far an event stream is whose head is out already. */
  readonly lastEventId?: number | undefined;
  /** Its body, where it was read already. */
  readonly body?: Buffer | undefined;
  /** Answers it here, where this replica keeps the world by the time that somebody does. Only for what was not read yet. */
  readonly serveHere?: (() => void) | undefined;
};

/**
 * Sends the requests of clients to the replica that keeps the world, and what it answers back as it comes.
 *
 * A request waits for a bounded time while nobody keeps. It is sent again when it surely was not taken, and when it may be sent twice
 * (`GET`, `HEAD`, a `POST /v1/leases` with an `Idempotency-Key`); another whose connection broke is answered with `outcome_unknown`. Event
 * streams and waits go on with the next keeper where they were.
 * Source: docs/adr/0048-any-replica-answers.md.
 */
export class Forwarder implements Disposable {
  readonly #input: ForwarderInput;
  readonly #watch: KeeperWatch;
  readonly #bodies: RequestBodies;
  readonly #parts: SendParts | null;
  readonly #leaving = new Leaving();
  #forwards = 0;

  constructor(input: ForwarderInput) {
    const { view, secret, timers, elapsed, logger, limits = {} } = input;
    this.#input = input;
    this.#bodies = new RequestBodies(limits.bufferedBytesMax);
    const agent =
      secret === null
        ? null
        : new Agent({
            ...clusterTlsOf(secret).client,
            keepAlive: true,
            keepAliveMsecs: KEEP_ALIVE_MS,
            maxSockets: limits.forwardsMax ?? FORWARDS_MAX,
            maxFreeSockets: FREE_CONNECTIONS_MAX,
            scheduling: 'lifo',
          });
    this.#parts = agent && { agent, view, timers, logger, handshakes: new LogPause(elapsed) };
    this.#watch = new KeeperWatch({
      view,
      ask: (card) => this.#ask(card),
      timers,
      ...(input.probe === undefined ? {} : { onHeld: (held) => input.probe?.held(held) }),
      ...(limits.holdMs === undefined ? {} : { holdMs: limits.holdMs }),
      ...(limits.heldMax === undefined ? {} : { heldMax: limits.heldMax }),
    });
  }

  /** Can it reach another replica at all? */
  get canForward(): boolean {
    return this.#parts !== null;
  }

  /** Requests that are on their way, and those that wait for a keeper. */
  get counts(): { readonly forwards: number; readonly held: number } {
    return { forwards: this.#forwards, held: this.#watch.held };
  }

  /** Answers a request by the keeper's answer, or a problem. Never rejects; resolves when the answer is out or the client gone. */
  async forward(forward: Forward): Promise<void> {
    const { response } = forward;
    const startedAt = forward.since ?? this.#input.elapsed.now();
    const gone = new AbortController();
    // An answer that is out closes it too.
    const leave = (): void => void (response.writableFinished || gone.abort());
    response.once('close', leave);
    if (response.destroyed) leave();
    let outcome: ForwardOutcome | 'here' = 'gone';
    let answeredMs: number | undefined;
    this.#forwards += 1;
    try {
      outcome = await this.#carry(forward, { startedAt, gone: gone.signal }, () => {
        answeredMs ??= this.#input.elapsed.now() - startedAt;
      });
    } catch (error) {
      outcome = this.#fail(forward, error, gone.signal);
    } finally {
      this.#forwards -= 1;
      response.removeListener('close', leave);
      if (outcome !== 'here')
        this.#input.probe?.forwarded(outcome, answeredMs ?? this.#input.elapsed.now() - startedAt);
    }
  }

  /** Waits and event streams end, so that clients go elsewhere; other answers come to their end. */
  leave(): void {
    this.#leaving.begin();
  }

  [Symbol.dispose](): void {
    this.leave();
    this.#watch[Symbol.dispose]();
    this.#parts?.agent.destroy();
  }

  async #carry(
    forward: Forward,
    { startedAt, gone }: { readonly startedAt: number; readonly gone: AbortSignal },
    onHead: () => void,
  ): Promise<ForwardOutcome | 'here'> {
    this.#requireRoom();
    let serving = this.#watch.find() ?? (await this.#watch.hold(gone));
    if (serving.isSelf && forward.serveHere !== undefined) {
      forward.serveHere();
      return 'here';
    }
    const parts = this.#requireParts(serving);
    const { body, release } =
      forward.body !== undefined
        ? { body: forward.body, release: () => {} }
        : await this.#bodies.read(forward.request, forward.bodyBytesMax ?? BODY_BYTES_MAX);
    try {
      const exchange = new Exchange({ ...forward, body });
      const { elapsed } = this.#input;
      const leaving = this.#leaving;
      let troubledAt: number | undefined;
      for (let broken = 0; ;) {
        const sentAt = elapsed.now();
        // Who leaves waits no more, and tells the client what is.
        const waitedMs = leaving.isLeaving ? Infinity : sentAt - startedAt;
        const sent = await sendOnce(parts, { exchange, serving, waitedMs, gone, leaving, onHead });
        if (sent === 'done') return 'answered';
        if (sent === 'gone') return 'gone';
        if (sent === 'broken') broken += 1;
        requireAgain(sent, { exchange, serving, broken });
        if (sent !== 'ended') this.#watch.miss(serving);
        const now = elapsed.now();
        // Nobody served it whose connection took long to come to nothing.
        const wasServed = sent !== 'notTaken' && now - sentAt > LASTED_MS;
        if (troubledAt === undefined || wasServed) troubledAt = now;
        serving = this.#watch.find() ?? (await this.#watch.hold(gone, now - troubledAt));
      }
    } finally {
      release();
    }
  }

  #requireRoom(): void {
    const { forwardsMax = FORWARDS_MAX } = this.#input.limits ?? {};
    if (this.#forwards <= forwardsMax) return;
    throw new Refusal(
      'too_many_requests',
      `${forwardsMax} requests are on their way through this replica. Ask another, or come later.`,
    );
  }

  #requireParts({ card }: Serving): SendParts {
    if (this.#parts !== null) return this.#parts;
    throw new Refusal(
      'keeper_unreachable',
      `Replica ${card.name} keeps the world, and this one was given no secret to reach it with. Operators: start every replica with ` +
        'the same POOLKEEPER_CLUSTER_SECRET.',
    );
  }

  #fail({ request, response }: Forward, error: unknown, gone: AbortSignal): ForwardOutcome {
    if (gone.aborted) return 'gone';
    // The head is out: the stream ends, and its client comes again with what it has.
    if (response.headersSent) {
      response.end();
      return 'refused';
    }
    const refusal =
      error instanceof Refusal
        ? error
        : new Refusal('internal', 'An error of ours. The log of this replica has it.', { cause: error });
    if (refusal.code === 'internal')
      this.#input.logger.error({ err: error, method: request.method ?? '' }, 'a request was not forwarded');
    // What was not read of the request would be taken for the next one.
    if (!request.complete) response.shouldKeepAlive = false;
    answerProblem(response, refusal);
    return refusal.code === 'outcome_unknown' ? 'unknown' : 'refused';
  }

  async #ask(card: ReplicaCard): Promise<boolean> {
    // Without a secret the request is let go on, to be told so.
    return this.#parts === null || (await askKeeper(this.#parts, card));
  }
}

/** Errors: `outcome_unknown`, `keeper_unreachable` for what is not sent again. */
function requireAgain(
  sent: Exclude<Sent, 'done' | 'gone'>,
  {
    exchange,
    serving,
    broken,
  }: { readonly exchange: Exchange; readonly serving: Serving; readonly broken: number },
): void {
  if (sent !== 'broken') return;
  if (!exchange.mayRepeat) {
    throw new Refusal(
      'outcome_unknown',
      `The connection to replica ${serving.card.name} broke before it answered: the request may have been carried out, or not. Look ` +
        'whether it was before you repeat it. POST /v1/leases with an Idempotency-Key is repeated for you.',
    );
  }
  if (broken < BROKEN_MAX) return;
  throw new Refusal(
    'keeper_unreachable',
    `The connection to the keeper broke ${BROKEN_MAX} times before it answered. Repeat the request soon.`,
  );
}
