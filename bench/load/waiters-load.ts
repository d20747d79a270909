import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';
import type { LeaseView, Target } from '../api-client.ts';
import { latenciesOf } from '../statistics.ts';
import type { Latencies } from '../statistics.ts';
import { serveLoad } from './run-load.ts';

export type WaitersLoadInput = {
  readonly target: Target;
  readonly pool: string;
  readonly match: Readonly<Record<string, string>>;
  /** Requests that wait, each on a connection of its own. */
  readonly waiters: number;
  /** How many resources are freed, one after another; as many as the pool has. */
  readonly releases: number;
};

export type WaitersLoadOutput = {
  /** From sending the release to having read the whole answer of the waiter, in milliseconds. */
  readonly granted: Latencies;
  /** From sending the release to having read its own answer. */
  readonly released: Latencies;
  /** The empty route, called before each release: what the machine allows at that moment. */
  readonly empty: Latencies;
  /** Releases after which another waiter than the first in the queue was answered, or more than one. */
  readonly wrong: number;
  /** How long it took until all of them waited. */
  readonly queuedMs: number;
};

/** Long polls that are sent at once: the backlog of a listening socket is bounded. */
const WAVE_SIZE = 100;
const QUEUE_POLL_MS = 20;
const QUEUED_WITHIN_MS = 120_000;
/** The longest wait that the API allows. */
const WAIT = '5m';
/** Between two releases, so that one is over before the next. */
const PAUSE_MS = 3;
/** A release that frees nobody within this time has failed. */
const GRANTED_WITHIN_MS = 10_000;

type Arrival = { readonly at: number; readonly place: string };

serveLoad(async (input: WaitersLoadInput): Promise<WaitersLoadOutput> => {
  const api = new ApiClient(input.target);
  const held: LeaseView[] = [];
  for (let index = 0; index < input.releases; index += 1) held.push(await acquire(api, input));
  const queue = new WaitingQueue(api, input);
  const startedAt = performance.now();
  await queue.fill();
  const queuedMs = performance.now() - startedAt;
  const order = await queue.order();

  const granted: number[] = [];
  const released: number[] = [];
  const empty: number[] = [];
  let wrong = 0;
  for (const [turn, lease] of held.entries()) {
    const calledAt = performance.now();
    await api.call('GET', '/healthz');
    const sentAt = performance.now();
    empty.push(sentAt - calledAt);
    const arrival = queue.nextArrival();
    await api.call('DELETE', `/v1/leases/${lease.id}`);
    released.push(performance.now() - sentAt);
    const { at, place } = await arrival;
    granted.push(at - sentAt);
    await sleep(PAUSE_MS);
    if (place !== order[turn] || queue.arrivals !== turn + 1) wrong += 1;
  }
  return {
    granted: latenciesOf(granted),
    released: latenciesOf(released),
    empty: latenciesOf(empty),
    wrong,
    queuedMs,
  };
});

async function acquire(api: ApiClient, { pool, match }: WaitersLoadInput): Promise<LeaseView> {
  const lease = await api.call<LeaseView>('POST', '/v1/leases', { pool, match });
  if (lease.status !== 'active')
    throw new Error(`a lease of ${pool} is ${lease.status}: the pool is too small`);
  return lease;
}

/** Requests that wait in the server for a resource, and the answers as they arrive. */
class WaitingQueue {
  arrivals = 0;
  readonly #api: ApiClient;
  readonly #input: WaitersLoadInput;
  #onArrival: ((arrival: Arrival) => void) | undefined;
  #failure: Error | undefined;

  constructor(api: ApiClient, input: WaitersLoadInput) {
    this.#api = api;
    this.#input = input;
  }

  async fill(): Promise<void> {
    const deadline = performance.now() + QUEUED_WITHIN_MS;
    for (let sent = 0; sent < this.#input.waiters;) {
      for (let count = 0; count < WAVE_SIZE && sent < this.#input.waiters; count += 1, sent += 1)
        this.#wait(String(sent));
      while ((await this.#queueLength()) < sent) {
        if (this.#failure !== undefined) throw this.#failure;
        if (performance.now() > deadline)
          throw new Error(`not all ${sent} requests wait after ${QUEUED_WITHIN_MS} ms`);
        await sleep(QUEUE_POLL_MS);
      }
    }
  }

  /** The places that the waiters were given at their sending, in the order in which the server queues them. */
  async order(): Promise<string[]> {
    const leases = await this.#api.listLeases(this.#input.pool, 'queued');
    const sorted = leases.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0));
    return sorted.map((lease) => lease.labels['place'] as string);
  }

  /** The next waiter that is answered. Errors: when none is in time. */
  nextArrival(): Promise<Arrival> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`nobody was granted within ${GRANTED_WITHIN_MS} ms`)),
        GRANTED_WITHIN_MS,
      );
      this.#onArrival = (arrival) => {
        clearTimeout(timer);
        this.#onArrival = undefined;
        resolve(arrival);
      };
    });
  }

  #wait(place: string): void {
    const { pool, match } = this.#input;
    const answered = this.#api.call<LeaseView>('POST', '/v1/leases', {
      pool,
      match,
      wait: WAIT,
      labels: { place },
    });
    answered.then(
      (lease) => {
        const at = performance.now();
        this.arrivals += 1;
        if (lease.status === 'active') this.#onArrival?.({ at, place });
      },
      (error: Error) => (this.#failure ??= error),
    );
  }

  async #queueLength(): Promise<number> {
    const pool = await this.#api.call<{ queued: number }>('GET', `/v1/pools/${this.#input.pool}`);
    return pool.queued;
  }
}
