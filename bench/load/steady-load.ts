import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';
import type { LeaseView, Target } from '../api-client.ts';
import { latenciesOf } from '../statistics.ts';
import type { Latencies } from '../statistics.ts';
import { serveLoad } from './run-load.ts';

export type SteadyLoadInput = {
  readonly target: Target;
  readonly pool: string;
  /** Load that is not measured: connections open, code gets hot. */
  readonly warmUpMs: number;
  readonly measureMs: number;
};

/** Latencies in milliseconds, from sending a call to its whole answer. No call waits for the one before it. */
export type SteadyLoadOutput = {
  readonly acquires: Latencies;
  readonly releases: Latencies;
  /** How much later than they were due leases were asked for: a large one says that the client is the bound. */
  readonly lateness: Latencies;
  /** Leases of the whole run, with its warm-up. */
  readonly leasesInAll: number;
};

/** A lease is asked for so often, and given back when it is there, whether or not those before it are answered. */
const LEASE_EVERY_MS = 5;

serveLoad(async (input: SteadyLoadInput): Promise<SteadyLoadOutput> => {
  const api = new ApiClient(input.target);
  const acquires: number[] = [];
  const releases: number[] = [];
  const lateness: number[] = [];
  const underWay = new Set<Promise<void>>();
  let failure: Error | undefined;
  let leasesInAll = 0;
  const startedAt = performance.now();

  const cycle = async (dueAt: number): Promise<void> => {
    const sentAt = performance.now();
    const lease = await api.call<LeaseView>('POST', '/v1/leases', { pool: input.pool });
    if (lease.status !== 'active')
      throw new Error(`a lease of ${input.pool} is ${lease.status}: the pool is too small`);
    const acquiredAt = performance.now();
    await api.call('DELETE', `/v1/leases/${lease.id}`);
    leasesInAll += 1;
    if (dueAt < startedAt + input.warmUpMs) return;
    lateness.push(sentAt - dueAt);
    acquires.push(acquiredAt - sentAt);
    releases.push(performance.now() - acquiredAt);
  };

  for (let dueAt = startedAt; dueAt < startedAt + input.warmUpMs + input.measureMs; dueAt += LEASE_EVERY_MS) {
    await sleep(Math.max(0, dueAt - performance.now()));
    if (failure !== undefined) throw failure;
    const settled = cycle(dueAt).catch((error: Error) => void (failure ??= error));
    underWay.add(settled);
    void settled.then(() => underWay.delete(settled));
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  return {
    acquires: latenciesOf(acquires),
    releases: latenciesOf(releases),
    lateness: latenciesOf(lateness),
    leasesInAll,
  };
});
