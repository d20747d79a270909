import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';
import type { LeaseView, Target } from '../api-client.ts';
import { latenciesOf } from '../statistics.ts';
import type { Latencies } from '../statistics.ts';
import { serveLoad } from './run-load.ts';

export type StormLoadInput = {
  readonly target: Target;
  readonly pool: string;
  /** Where the probe acquires and releases. */
  readonly probePool: string;
  readonly leases: number;
  /** From now until the first lease expires: long enough to make all of them. */
  readonly leadMs: number;
  /** From the first expiry to the last; 0 is one instant for all. */
  readonly windowMs: number;
};

export type StormLoadOutput = {
  /** Every call of the probe while leases expired, from its due time to its whole answer, in milliseconds. */
  readonly calls: Latencies;
  readonly reads: Latencies;
  readonly acquires: Latencies;
  readonly releases: Latencies;
  /** From the last expiry to the first read that shows that lease as ended. */
  readonly lastLateMs: number;
  /** Leases that are still active after the last has ended. */
  readonly forgotten: number;
  /** How long it took to make the leases. */
  readonly madeMs: number;
};

const ACQUIRING_CONCURRENCY = 64;
/** The probe starts a call so often, whether or not those before it are answered. */
const CALL_EVERY_MS = 5;
/** The probe goes on for so long after the last expiry. */
const TAIL_MS = 2_000;
/** A last lease that has not ended so long after its time has been forgotten. */
const LATE_MS_MAX = 60_000;

type Made = { readonly id: string; readonly expiresAt: number };

serveLoad(async (input: StormLoadInput): Promise<StormLoadOutput> => {
  const api = new ApiClient(input.target);
  const madeFrom = performance.now();
  const leases = await makeLeases(api, input);
  const madeMs = performance.now() - madeFrom;
  const first = Math.min(...leases.slice(0, ACQUIRING_CONCURRENCY).map(({ expiresAt }) => expiresAt));
  if (Date.now() > first)
    throw new Error(
      `making the leases took ${Math.round(madeMs)} ms, longer than the lead of ${input.leadMs} ms`,
    );
  await sleep(first - Date.now());
  return { ...(await new Probe(api, input, leases).run()), madeMs };
});

/** Leases whose ends are spread evenly over the window. */
async function makeLeases(
  api: ApiClient,
  { pool, leases, leadMs, windowMs }: StormLoadInput,
): Promise<Made[]> {
  const firstAt = Date.now() + leadMs;
  const made: Made[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < leases) {
      const index = next;
      next += 1;
      const endsAt = firstAt + Math.round((windowMs * index) / leases);
      const lease = await api.call<LeaseView>('POST', '/v1/leases', {
        pool,
        duration: `${endsAt - Date.now()}ms`,
      });
      if (lease.expiresAt === null)
        throw new Error(`a lease of ${pool} is ${lease.status}: the pool is too small`);
      made[index] = { id: lease.id, expiresAt: Date.parse(lease.expiresAt) };
    }
  };
  await Promise.all(Array.from({ length: ACQUIRING_CONCURRENCY }, worker));
  return made;
}

/** Calls the API steadily while the leases expire. */
class Probe {
  readonly #api: ApiClient;
  readonly #input: StormLoadInput;
  readonly #leases: readonly Made[];
  readonly #last: Made;
  readonly #reads: number[] = [];
  readonly #acquires: number[] = [];
  readonly #releases: number[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #lastEndedAt: number | undefined;
  #failure: Error | undefined;

  constructor(api: ApiClient, input: StormLoadInput, leases: readonly Made[]) {
    this.#api = api;
    this.#input = input;
    this.#leases = leases;
    this.#last = leases.reduce((last, lease) => (lease.expiresAt > last.expiresAt ? lease : last));
  }

  async run(): Promise<Omit<StormLoadOutput, 'madeMs'>> {
    const startedAt = performance.now();
    for (let call = 0; !this.#isOver(); call += 1) {
      const dueAt = startedAt + call * CALL_EVERY_MS;
      await sleep(Math.max(0, dueAt - performance.now()));
      this.#start(call, dueAt);
      if (this.#failure !== undefined) throw this.#failure;
    }
    await Promise.all(this.#underWay);
    const forgotten = await this.#api.listLeases(this.#input.pool, 'active');
    return {
      forgotten: forgotten.length,
      calls: latenciesOf([...this.#reads, ...this.#acquires, ...this.#releases]),
      reads: latenciesOf(this.#reads),
      acquires: latenciesOf(this.#acquires),
      releases: latenciesOf(this.#releases),
      lastLateMs: (this.#lastEndedAt ?? Infinity) - this.#last.expiresAt,
    };
  }

  #isOver(): boolean {
    const sinceLast = Date.now() - this.#last.expiresAt;
    if (sinceLast > LATE_MS_MAX)
      throw new Error(`the last lease has not ended ${LATE_MS_MAX} ms after its time`);
    return sinceLast > TAIL_MS && this.#lastEndedAt !== undefined;
  }

  #start(call: number, dueAt: number): void {
    const made = this.#leases[(call * 7_919) % this.#leases.length] as Made;
    const isOfLast = call % 4 === 0;
    const work = call % 2 === 0 ? this.#read(isOfLast ? this.#last : made, dueAt) : this.#cycle(dueAt);
    const settled = work.catch((error: Error) => {
      this.#failure ??= error;
    });
    this.#underWay.add(settled);
    void settled.then(() => this.#underWay.delete(settled));
  }

  async #read({ id }: Made, dueAt: number): Promise<void> {
    const lease = await this.#api.call<LeaseView>('GET', `/v1/leases/${id}`);
    this.#reads.push(performance.now() - dueAt);
    if (id === this.#last.id && lease.status === 'ended') this.#lastEndedAt ??= Date.now();
  }

  async #cycle(dueAt: number): Promise<void> {
    const lease = await this.#api.call<LeaseView>('POST', '/v1/leases', { pool: this.#input.probePool });
    const acquiredAt = performance.now();
    this.#acquires.push(acquiredAt - dueAt);
    await this.#api.call('DELETE', `/v1/leases/${lease.id}`);
    this.#releases.push(performance.now() - acquiredAt);
  }
}
