import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../api-client.ts';
import { latenciesOf } from '../statistics.ts';
import type { Latencies } from '../statistics.ts';
import { Connection, requestText } from './connection.ts';
import { serveLoad } from './run-load.ts';

export type HttpLoadInput = {
  readonly target: Target;
  /** `empty`: GET /healthz, twice a turn. `cycle`: acquire, then release. */
  readonly turn: 'empty' | 'cycle';
  readonly pool: string;
  readonly match: Readonly<Record<string, string>>;
  readonly connections: number;
  /** Load that is not measured: connections open, code gets hot. */
  readonly warmUpMs: number;
  readonly measureMs: number;
};

export type HttpLoadOutput = {
  readonly requestsPerSecond: number;
  /** Latencies in milliseconds of the first and the second request of a turn. */
  readonly first: Latencies;
  readonly second: Latencies;
  /** Answered requests of the whole run, with its warm-up. */
  readonly requestsInAll: number;
  /** The share of one core that this process used. */
  readonly cpuShare: number;
};

/** How long turns that are under way at the end may take to finish. */
const FINISH_WITHIN_MS = 10_000;

/**
 * Takes turns on every connection, each request sent when the one before it is answered.
 *
 * Errors: when a request is refused or a connection breaks.
 */
serveLoad(async (input: HttpLoadInput): Promise<HttpLoadOutput> => {
  const meter = new Meter(input);
  const failed = Promise.withResolvers<never>();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const takers = Array.from({ length: input.connections }, () => new TurnTaker(input, meter, failed.reject));
  const turns = takers.map((taker) => taker.run());
  await Promise.race([meter.begun, failed.promise]);
  await Promise.race([sleep(input.warmUpMs + input.measureMs), failed.promise]);
  // On a machine that is busy with other things a short run may not have seen a whole turn.
  await Promise.race([meter.seen, failed.promise]);
  const cpu = process.cpuUsage(cpuBefore);
  const cpuShare = (cpu.user + cpu.system) / 1_000 / (performance.now() - startedAt);
  for (const taker of takers) taker.stop();
  const late = sleep(FINISH_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new Error(`requests are still unanswered after ${FINISH_WITHIN_MS} ms`);
  });
  await Promise.race([Promise.all(turns), failed.promise, late]);
  return { ...meter.measured(), cpuShare };
});

/** One connection and its turns. Both kinds are sent and read in the same way, so that the client costs both the same. */
class TurnTaker {
  readonly #connection: Connection;
  readonly #meter: Meter;
  readonly #fail: (error: Error) => void;
  readonly #first: string;
  readonly #secondOf: (leaseId: string | undefined) => string;
  readonly #over = Promise.withResolvers<void>();
  #isStopping = false;

  constructor(input: HttpLoadInput, meter: Meter, fail: (error: Error) => void) {
    const url = new URL(input.target.url);
    const common = { host: url.host, token: input.target.token };
    const empty = requestText({ ...common, method: 'GET', path: '/healthz' });
    const body = JSON.stringify({ pool: input.pool, match: input.match });
    const acquire = requestText({ ...common, method: 'POST', path: '/v1/leases', body });
    this.#first = input.turn === 'empty' ? empty : acquire;
    this.#secondOf = (leaseId) =>
      input.turn === 'empty'
        ? empty
        : requestText({ ...common, method: 'DELETE', path: `/v1/leases/${leaseId}` });
    this.#meter = meter;
    this.#fail = fail;
    this.#connection = new Connection(url, fail);
  }

  /** Resolves after `stop`, when the turn that is under way is over: every lease has been released. */
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
    this.#exchange(0, this.#first, (body) => {
      const { id } = JSON.parse(body) as { id?: string };
      this.#exchange(1, this.#secondOf(id), () => this.#takeTurn());
    });
  }

  #exchange(which: 0 | 1, request: string, then: (body: string) => void): void {
    const sentAt = performance.now();
    this.#connection.send(request, (status, body) => {
      if (status >= 300) return this.#fail(new Error(`answered ${status}: ${body.slice(0, 500)}`));
      this.#meter.record(which, sentAt);
      then(body);
    });
  }
}

/** Counts what is answered between the end of the warm-up, which begins with the first answer, and the end of the run. */
class Meter {
  readonly #input: HttpLoadInput;
  readonly #first = Promise.withResolvers<void>();
  readonly #both = Promise.withResolvers<void>();
  #from = Infinity;
  #to = Infinity;
  readonly #latencies: [number[], number[]] = [[], []];
  #requestsInAll = 0;

  constructor(input: HttpLoadInput) {
    this.#input = input;
  }

  /** Resolves with the first answer. */
  get begun(): Promise<void> {
    return this.#first.promise;
  }

  /** Resolves when both requests of a turn were measured. */
  get seen(): Promise<void> {
    return this.#both.promise;
  }

  record(which: 0 | 1, sentAt: number): void {
    this.#requestsInAll += 1;
    const now = performance.now();
    if (this.#requestsInAll === 1) this.#begin(now);
    const [first, second] = this.#latencies;
    const isLate = now >= this.#to;
    if (now < this.#from || (isLate && first.length > 0 && second.length > 0)) return;
    this.#latencies[which].push(now - sentAt);
    if (isLate) this.#to = now;
    if (first.length > 0 && second.length > 0) this.#both.resolve();
  }

  #begin(now: number): void {
    this.#from = now + this.#input.warmUpMs;
    this.#to = this.#from + this.#input.measureMs;
    this.#first.resolve();
  }

  measured(): Omit<HttpLoadOutput, 'cpuShare'> {
    const [first, second] = this.#latencies;
    return {
      requestsPerSecond: ((first.length + second.length) * 1_000) / (this.#to - this.#from),
      first: latenciesOf(first),
      second: latenciesOf(second),
      requestsInAll: this.#requestsInAll,
    };
  }
}
