import autocannon from 'autocannon';
import type { Request } from 'autocannon';
import type { Target } from '../api-client.ts';
import { latenciesOf } from '../statistics.ts';
import type { Latencies } from '../statistics.ts';
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

type TurnContext = { leaseId?: string | undefined; sentAt?: number };

serveLoad(async (input: HttpLoadInput): Promise<HttpLoadOutput> => {
  const meter = new Meter(input);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const result = await autocannon<TurnContext>({
    url: input.target.url,
    connections: input.connections,
    duration: (input.warmUpMs + input.measureMs) / 1_000,
    requests: requestsOf(input, meter),
  });
  const cpu = process.cpuUsage(cpuBefore);
  const cpuShare = (cpu.user + cpu.system) / 1_000 / (performance.now() - startedAt);
  const failed = result.errors + result.timeouts + result.non2xx;
  if (failed > 0)
    throw new Error(`${failed} requests failed; the first answer was: ${meter.firstRefusal ?? 'none'}`);
  return { ...meter.measured(), cpuShare };
});

/** Both turns are sent and read in the same way, so that the client costs both the same. */
function requestsOf({ target, turn, pool, match }: HttpLoadInput, meter: Meter): Request<TurnContext>[] {
  const headers = { authorization: `Bearer ${target.token}` };
  const empty = { method: 'GET', path: '/healthz', headers };
  const acquire = {
    method: 'POST',
    path: '/v1/leases',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ pool, match }),
  };
  const isEmpty = turn === 'empty';
  return [
    {
      ...(isEmpty ? empty : acquire),
      setupRequest: (request, context) => {
        context.sentAt = performance.now();
        return request;
      },
      onResponse: (status, body, context) => {
        meter.record(0, context.sentAt, status, body);
        context.leaseId = (JSON.parse(body) as { id?: string }).id;
      },
    },
    {
      ...(isEmpty ? empty : { method: 'DELETE', headers }),
      setupRequest: (request, context) => {
        context.sentAt = performance.now();
        return isEmpty ? request : { ...request, path: `/v1/leases/${context.leaseId}` };
      },
      onResponse: (status, body, context) => meter.record(1, context.sentAt, status, body),
    },
  ];
}

/** Counts what is answered between the end of the warm-up and the end of the run. */
class Meter {
  firstRefusal: string | undefined;
  readonly #from: number;
  readonly #to: number;
  readonly #latencies: [number[], number[]] = [[], []];
  #requestsInAll = 0;

  constructor({ warmUpMs, measureMs }: HttpLoadInput) {
    this.#from = performance.now() + warmUpMs;
    this.#to = this.#from + measureMs;
  }

  record(which: 0 | 1, sentAt: number | undefined, status: number, body: string): void {
    this.#requestsInAll += 1;
    if (status >= 300) this.firstRefusal ??= `${status} ${body.slice(0, 500)}`;
    const now = performance.now();
    if (sentAt !== undefined && now >= this.#from && now < this.#to)
      this.#latencies[which].push(now - sentAt);
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
