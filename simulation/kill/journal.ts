import type { Sent } from './api.ts';

/** A resource as a lease names it. */
export type HeldResource = {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly epoch: number;
};

/** As much of a lease as clients look at. Instants are RFC 3339. */
export type LeaseAnswer = {
  readonly id: string;
  readonly status: 'queued' | 'preparing' | 'active' | 'ending' | 'ended';
  readonly endReason: string | null;
  readonly resources: readonly (HeldResource & { readonly endpoints: Readonly<Record<string, string>> })[];
  readonly expiresAt: string | null;
  readonly heartbeatBy: string | null;
  readonly note: string;
  readonly version: number;
};

export type Operation = 'acquire' | 'look' | 'heartbeat' | 'renew' | 'release';

/**
 * A request of a client and what came of it. `sent` and `received` are places in the one order of everything that any
 * client sent or received; `lease` is null until its id is known.
 */
export type Exchange = {
  readonly sent: number;
  readonly received: number;
  /** Milliseconds UTC. */
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly round: number;
  readonly client: string;
  /** URL of the server that was asked. */
  readonly server: string;
  readonly operation: Operation;
  readonly key: string | null;
  readonly lease: string | null;
  readonly outcome: Sent['outcome'];
  readonly status: number | null;
  readonly answer: LeaseAnswer | null;
  /** For people: the code of a problem, or how the answer was lost. */
  readonly why: string;
};

/** A request to a leased process itself. Instants are milliseconds UTC. */
export type Visit = {
  readonly round: number;
  readonly client: string;
  readonly lease: string;
  readonly resource: string;
  readonly endpoint: string;
  readonly from: number;
  readonly until: number;
  /** Who answered, or null with the reason beside it. */
  readonly answeredBy: string | null;
  readonly why: string;
};

/** A resource as a list showed it. */
export type Sighting = {
  readonly sent: number;
  readonly received: number;
  readonly resources: readonly { readonly id: string; readonly version: number }[];
};

/**
 * A time without a server: from when it was told to end until the next one was ready, in the order of the exchanges.
 * `at` is milliseconds UTC.
 */
export type Stop = {
  readonly round: number;
  readonly signal: NodeJS.Signals;
  readonly at: number;
  readonly from: number;
  until: number;
};

/** Everything that the clients of a run saw, in the order in which they saw it. */
export class Journal {
  readonly exchanges: Exchange[] = [];
  readonly visits: Visit[] = [];
  readonly sightings: Sighting[] = [];
  readonly stops: Stop[] = [];
  round = 0;
  #order = 0;
  #noteAnswer: () => void = () => {};

  add(exchange: Exchange): void {
    this.exchanges.push(exchange);
    if (exchange.answer !== null) this.#noteAnswer();
  }

  /** Calls back at the very moment when a client is answered, until there is another callback. */
  onAnswer(callback: () => void): void {
    this.#noteAnswer = callback;
  }

  /** The next place in the order. */
  next(): number {
    this.#order += 1;
    return this.#order;
  }
}
