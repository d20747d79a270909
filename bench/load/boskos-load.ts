import { setTimeout as sleep } from 'node:timers/promises';
import { latenciesOf } from '../statistics.ts';
import type { Latencies } from '../statistics.ts';
import { Connection } from './connection.ts';
import { serveLoad } from './run-load.ts';

export type BoskosLoadInput = {
  readonly url: string;
  /** Types of which connections acquire and release one after another, drawn by turns. */
  readonly types: readonly string[];
  readonly connections: number;
  /** Types of which nothing is free, and how many clients wait for each, every one asking again after a pause. */
  readonly wanted: readonly string[];
  readonly waitersEach: number;
  readonly askEveryMs: number;
  /** Load that is not measured: connections open, code gets hot. */
  readonly warmUpMs: number;
  readonly measureMs: number;
};

/** Latencies in milliseconds, from sending a request to its whole answer. */
export type BoskosLoadOutput = {
  readonly requestsPerSecond: number;
  readonly acquired: Latencies;
  readonly released: Latencies;
  /** Of clients that wait: they are answered that there is nothing. */
  readonly polled: Latencies;
  readonly pollsPerSecond: number;
  /** The share of one core that this process used. */
  readonly cpuShare: number;
};

const OK = 200;
const NOTHING_FREE = 404;
/** How long turns that are under way at the end may take to finish. */
const FINISH_WITHIN_MS = 10_000;

/**
 * Acquires and releases on every connection, each request sent when the one before it is answered, while other clients poll.
 *
 * Errors: when a request is answered otherwise than it has to be, or a connection breaks.
 */
serveLoad(async (input: BoskosLoadInput): Promise<BoskosLoadOutput> => {
  const failed = Promise.withResolvers<never>();
  const meter = new Meter(input);
  const parts = { input, meter, fail: failed.reject };
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const waiters = input.wanted.flatMap((type) =>
    Array.from({ length: input.waitersEach }, (_, index) => new Waiter(parts, type, `${type}/${index}`)),
  );
  const takers = Array.from({ length: input.connections }, (_, index) => new TurnTaker(parts, index));
  const turns = takers.map((taker) => taker.run());
  waiters.forEach((waiter, index) => waiter.start((index * input.askEveryMs) / waiters.length));
  await Promise.race([sleep(input.warmUpMs + input.measureMs), failed.promise]);
  const cpu = process.cpuUsage(cpuBefore);
  const cpuShare = (cpu.user + cpu.system) / 1_000 / (performance.now() - startedAt);
  for (const waiter of waiters) waiter.stop();
  for (const taker of takers) taker.stop();
  const late = sleep(FINISH_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new Error(`requests are still unanswered after ${FINISH_WITHIN_MS} ms`);
  });
  await Promise.race([Promise.all(turns), failed.promise, late]);
  return { ...meter.measured(), cpuShare };
});

type Parts = {
  readonly input: BoskosLoadInput;
  readonly meter: Meter;
  readonly fail: (error: Error) => void;
};
type Kind = 'acquired' | 'released' | 'polled';

function boskosRequest(url: URL, path: string, query: Readonly<Record<string, string>>): string {
  const target = `${path}?${new URLSearchParams(query).toString()}`;
  return `POST ${target} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 0\r\n\r\n`;
}

/** One connection and its turns over the types. Whoever takes turns starts at a type of its own. */
class TurnTaker {
  readonly #parts: Parts;
  readonly #url: URL;
  readonly #connection: Connection;
  readonly #owner: string;
  readonly #over = Promise.withResolvers<void>();
  #turn: number;
  #isStopping = false;

  constructor(parts: Parts, index: number) {
    this.#parts = parts;
    this.#owner = `job-${index}`;
    this.#turn = index;
    this.#url = new URL(parts.input.url);
    this.#connection = new Connection(this.#url, parts.fail);
  }

  /** Resolves after `stop`, when the turn that is under way is over: everything has been released. */
  run(): Promise<void> {
    this.#takeTurn();
    return this.#over.promise;
  }

  stop(): void {
    this.#isStopping = true;
  }

  #takeTurn(): void {
    if (this.#isStopping) {
      this.#connection.close();
      return this.#over.resolve();
    }
    const { types, connections } = this.#parts.input;
    const type = types[this.#turn % types.length] as string;
    this.#turn += connections + 1;
    const owner = this.#owner;
    this.#exchange('acquired', { path: '/acquire', type, state: 'free', dest: 'busy', owner }, (body) => {
      const { name } = JSON.parse(body) as { name: string };
      this.#exchange('released', { path: '/release', name, dest: 'free', owner }, () => this.#takeTurn());
    });
  }

  #exchange(
    kind: Kind,
    { path, ...query }: Readonly<Record<string, string>> & { readonly path: string },
    then: (body: string) => void,
  ): void {
    const sentAt = performance.now();
    this.#connection.send(boskosRequest(this.#url, path, query), (status, body) => {
      if (status !== OK) return this.#parts.fail(new Error(`${path} was answered ${status}: ${body}`));
      this.#parts.meter.record(kind, sentAt);
      then(body);
    });
  }
}

/** A client that asks again and again under one id, on a connection of its own, as the Go client does. */
class Waiter {
  readonly #parts: Parts;
  readonly #connection: Connection;
  readonly #request: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: Parts, type: string, id: string) {
    this.#parts = parts;
    const url = new URL(parts.input.url);
    this.#connection = new Connection(url, parts.fail);
    const query = { type, state: 'free', dest: 'busy', owner: `waiter of ${type}`, request_id: id };
    this.#request = boskosRequest(url, '/acquire', query);
  }

  start(afterMs: number): void {
    this.#timer = setTimeout(() => this.#ask(), afterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#connection.close();
  }

  #ask(): void {
    const sentAt = performance.now();
    this.#connection.send(this.#request, (status, body) => {
      if (status !== NOTHING_FREE)
        return this.#parts.fail(new Error(`a client that has to wait was answered ${status}: ${body}`));
      this.#parts.meter.record('polled', sentAt);
      this.start(this.#parts.input.askEveryMs);
    });
  }
}

/** Counts what is answered between the end of the warm-up and the end of the run. */
class Meter {
  readonly #from: number;
  readonly #to: number;
  readonly #latencies: Readonly<Record<Kind, number[]>> = { acquired: [], released: [], polled: [] };

  constructor({ warmUpMs, measureMs }: BoskosLoadInput) {
    this.#from = performance.now() + warmUpMs;
    this.#to = this.#from + measureMs;
  }

  record(kind: Kind, sentAt: number): void {
    const now = performance.now();
    if (now >= this.#from && now < this.#to) this.#latencies[kind].push(now - sentAt);
  }

  measured(): Omit<BoskosLoadOutput, 'cpuShare'> {
    const { acquired, released, polled } = this.#latencies;
    const seconds = (this.#to - this.#from) / 1_000;
    return {
      requestsPerSecond: (acquired.length + released.length) / seconds,
      acquired: latenciesOf(acquired),
      released: latenciesOf(released),
      polled: latenciesOf(polled),
      pollsPerSecond: polled.length / seconds,
    };
  }
}
