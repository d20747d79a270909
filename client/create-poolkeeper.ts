import { createApi } from './api.ts';
import type { ApiOptions } from './api.ts';
import type { Lease } from './api.gen.ts';
import { acquireLease } from './lease/acquire-lease.ts';
import type { AcquireInput } from './lease/acquire-lease.ts';
import { holdLease } from './lease/held-lease.ts';
import type { HeldLease, LeaseInput } from './lease/held-lease.ts';
import { clusterOperations } from './operations/cluster.ts';
import type { ClusterOperations } from './operations/cluster.ts';
import { configurationOperations } from './operations/configuration.ts';
import type { ConfigurationOperations } from './operations/configuration.ts';
import { eventOperations } from './operations/events.ts';
import type { Events } from './operations/events.ts';
import { ledgerOperations } from './operations/ledger.ts';
import type { Ledger } from './operations/ledger.ts';
import { leaseOperations } from './operations/leases.ts';
import type { LeaseOperations } from './operations/leases.ts';
import { poolOperations } from './operations/pools.ts';
import type { Pools } from './operations/pools.ts';
import { profileOperations } from './operations/profiles.ts';
import type { Profiles } from './operations/profiles.ts';
import { providerOperations } from './operations/providers.ts';
import type { Providers } from './operations/providers.ts';
import { resourceOperations } from './operations/resources.ts';
import type { Resources } from './operations/resources.ts';
import { runnerOperations } from './operations/runners.ts';
import type { Runners } from './operations/runners.ts';
import { secretOperations } from './operations/secrets.ts';
import type { Secrets } from './operations/secrets.ts';
import { runLogOperations } from './operations/run-logs.ts';
import type { RunLogs } from './operations/run-logs.ts';
import { runOperations } from './operations/runs.ts';
import type { Runs } from './operations/runs.ts';
import { serverOperations } from './operations/server.ts';
import type { Server } from './operations/server.ts';
import { tokenOperations } from './operations/tokens.ts';
import type { Tokens } from './operations/tokens.ts';
import { workflowOperations } from './operations/workflows.ts';
import type { Workflows } from './operations/workflows.ts';
import { webhookOperations } from './operations/webhooks.ts';
import type { Webhooks } from './operations/webhooks.ts';
import { platformSystem } from './system.ts';
import type { System } from './system.ts';

/** Where the server is, and by what right it is asked. */
export type PoolkeeperOptions = ApiOptions & {
  /** Clock, timers and chance; those of the platform where nothing is said. */
  readonly system?: Partial<System> | undefined;
};

export type Leases = LeaseOperations & {
  /**
   * Asks for a lease and waits until it is active, without keeping it: it lasts its time, or ends when its heartbeat is
   * missed. When the wait fails or is aborted the request is withdrawn.
   *
   * Errors: `ApiError`, `NoAnswerError`, `LeaseNotGrantedError`, the reason of `signal`.
   */
  acquire(input: AcquireInput): Promise<Lease>;
};

/** A Poolkeeper server, as a program sees it. */
export type Poolkeeper = {
  readonly url: string;
  readonly pools: Pools;
  readonly providers: Providers;
  readonly workflows: Workflows;
  readonly profiles: Profiles;
  readonly configuration: ConfigurationOperations;
  readonly resources: Resources;
  readonly runs: Runs & RunLogs;
  readonly leases: Leases;
  readonly secrets: Secrets;
  readonly ledger: Ledger;
  readonly runners: Runners;
  readonly tokens: Tokens;
  readonly webhooks: Webhooks;
  readonly events: Events;
  readonly server: Server;
  readonly cluster: ClusterOperations;
  /**
   * Acquires a lease and keeps it until the block ends: it waits in the queue, sends heartbeats, renews, and gives back.
   *
   * Errors: `ApiError`, `NoAnswerError`, `LeaseNotGrantedError`, the reason of `signal`; nothing is held then.
   *
   * @example
   * ```ts
   * import { createPoolkeeper } from '@poolkeeper/client';
   *
   * const poolkeeper = createPoolkeeper({ url: 'http://127.0.0.1:7420', token: 'pk_…' });
   * {
   *   await using lease = await poolkeeper.lease({ pool: 'boards', match: { arch: 'arm64' } });
   *   const [board] = lease.resources;
   *   await fetch(board?.endpoints['http'] ?? '', { signal: lease.signal });
   * }
   * ```
   */
  lease(input: LeaseInput): Promise<HeldLease>;
};

/**
 * Connects to a Poolkeeper server: one method for each operation of its API, in groups. No request is sent yet.
 *
 * Every call takes an `AbortSignal`. What may be sent twice is, a bounded number of times, when its answer is lost or the
 * server cannot answer now; asking for a lease carries a key, so that it never makes two.
 * Errors: `TypeError` for a `url` that is no address of a server.
 *
 * @example
 * ```ts
 * import { createPoolkeeper } from '@poolkeeper/client';
 *
 * const poolkeeper = createPoolkeeper({ url: 'http://127.0.0.1:7420', token: 'pk_…' });
 * for await (const pool of poolkeeper.pools.list()) console.log(pool.name, pool.resources['free']);
 * ```
 */
export function createPoolkeeper(options: PoolkeeperOptions): Poolkeeper {
  const system = { ...platformSystem, ...options.system };
  const api = createApi(options, system);
  const leases = leaseOperations(api);
  const parts = { url: api.url, system, leases };
  return {
    url: api.url,
    pools: poolOperations(api),
    providers: providerOperations(api),
    workflows: workflowOperations(api),
    profiles: profileOperations(api),
    configuration: configurationOperations(api),
    resources: resourceOperations(api),
    runs: { ...runOperations(api), ...runLogOperations(api) },
    leases: { ...leases, acquire: (input) => acquireLease(parts, input) },
    secrets: secretOperations(api),
    ledger: ledgerOperations(api),
    runners: runnerOperations(api),
    tokens: tokenOperations(api),
    webhooks: webhookOperations(api),
    events: eventOperations(api),
    server: serverOperations(api),
    cluster: clusterOperations(api),
    lease: (input) => holdLease(parts, input),
  };
}
