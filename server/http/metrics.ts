import type { LeaseEndReason, PoolState, World, WorldEvent } from '@poolkeeper/core';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Keeper, KeeperProbe } from '../keeper/contract.ts';
import type { Runners } from '../runners/contract.ts';
import { createClusterMetrics } from './cluster-metrics.ts';
import type { ClusterProbe } from './cluster-metrics.ts';
import type { ClusterPart } from './cluster-part.ts';
import { createProviderMetrics } from './provider-metrics.ts';
import type { ProviderMetrics } from './provider-metrics.ts';
import type { ProvidersStatus } from './provider-status.ts';
import { createWebhookMetrics } from './webhook-metrics.ts';
import type { SentThrough, WebhookMetrics } from './webhook-metrics.ts';
import { createRunnerMetrics } from './runner-metrics.ts';

/** Pools that are shown by name; those after them are shown together, as `_other`. */
const POOLS_SHOWN_MAX = 500;
const OTHER_POOLS = '_other';

const COMMIT_SECONDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const HTTP_SECONDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300];
const WAIT_SECONDS = [0.01, 0.1, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];
const BATCH_COMMANDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const GRANT_RESOURCES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000];

/** What a scrape looks at. */
export type Watched = {
  readonly keeper: Pick<Keeper, 'read'>;
  readonly providersStatus: ProvidersStatus;
  readonly notifications: { readonly sentThrough: SentThrough };
  readonly runners: Pick<Runners, 'status'>;
  readonly cluster: Pick<ClusterPart, 'isKeeping' | 'numbers'>;
};

export type Metrics = {
  /** What the keeper tells about itself. */
  readonly probe: KeeperProbe;
  /** Takes one call of a provider that has ended. */
  readonly observeCall: ProviderMetrics['observe'];
  /** Takes one attempt to deliver a message. */
  readonly observeDelivery: WebhookMetrics['observe'];
  /** Takes what a replica tells about itself. */
  readonly clusterProbe: ClusterProbe;
  /** Makes the observer of one route's answers. */
  observeRoute(method: string, route: string): (status: number, durationMs: number) => void;
  /** Everything as Prometheus reads it; the world and the providers are looked at now. */
  render(input: Watched): Promise<{ contentType: string; text: string }>;
};

/**
 * The metrics of one server, in a registry of its own.
 *
 * Names end in their unit. Labels are bounded: routes and statuses are few, pools are cut off at `POOLS_SHOWN_MAX`, and no
 * holder, lease or resource is ever a label.
 */
export function createMetrics(registry: Registry): Metrics {
  const registers = [registry];
  const http = new Histogram({
    name: 'poolkeeper_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: HTTP_SECONDS,
    registers,
  });
  const showWorld = createWorldGauges(registers);
  const providers = createProviderMetrics(registers);
  const webhooks = createWebhookMetrics(registers);
  const showRunners = createRunnerMetrics(registers);
  const cluster = createClusterMetrics(registers);
  return {
    probe: createProbe(registers),
    observeCall: providers.observe,
    observeDelivery: webhooks.observe,
    clusterProbe: cluster.probe,
    observeRoute: (method, route) => (status, durationMs) => {
      http.observe({ method, route, status }, durationMs / 1_000);
    },
    render: async ({ keeper, providersStatus, notifications, runners, cluster: replicas }) => {
      await webhooks.show(keeper, (name) => notifications.sentThrough(name));
      await showWorld(keeper);
      providers.show(providersStatus());
      showRunners(runners.status());
      cluster.show(replicas);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function createProbe(registers: Registry[]): KeeperProbe {
  const commitSeconds = new Histogram({
    name: 'poolkeeper_commit_duration_seconds',
    help: 'Time that the store took to make one batch durable.',
    buckets: COMMIT_SECONDS,
    registers,
  });
  const batchCommands = new Histogram({
    name: 'poolkeeper_commit_batch_commands',
    help: 'Commands that one commit made durable.',
    buckets: BATCH_COMMANDS,
    registers,
  });
  const commitFailures = new Counter({
    name: 'poolkeeper_commit_failures_total',
    help: 'Commits that the store refused.',
    registers,
  });
  const events = new Counter({
    name: 'poolkeeper_events_total',
    help: 'Events that became durable.',
    labelNames: ['type'] as const,
    registers,
  });
  const waitSeconds = new Histogram({
    name: 'poolkeeper_lease_wait_seconds',
    help: 'Time from the request of a lease to its grant.',
    buckets: WAIT_SECONDS,
    registers,
  });
  const grantResources = new Histogram({
    name: 'poolkeeper_lease_grant_resources',
    help: 'Resources that one grant lent.',
    buckets: GRANT_RESOURCES,
    registers,
  });
  const granted = new Counter({
    name: 'poolkeeper_leases_granted_total',
    help: 'Leases that were granted.',
    registers,
  });
  const ended = new Counter({
    name: 'poolkeeper_leases_ended_total',
    help: 'Leases that ended.',
    labelNames: ['reason'] as const,
    registers,
  });
  const count = (event: WorldEvent): void => {
    if (event.type === 'lease.granted') {
      const { waitedMs, resources } = event.data as { waitedMs: number; resources: readonly unknown[] };
      granted.inc();
      waitSeconds.observe(waitedMs / 1_000);
      grantResources.observe(resources.length);
    } else if (event.type === 'lease.ended') {
      ended.inc({ reason: event.data['reason'] as LeaseEndReason });
    }
    events.inc({ type: event.type });
  };
  return {
    committed: ({ commands, events: committed, durationMs }) => {
      commitSeconds.observe(durationMs / 1_000);
      batchCommands.observe(commands);
      for (const event of committed) count(event);
    },
    commitFailed: () => commitFailures.inc(),
  };
}

type PoolNumbers = {
  queued: number;
  held: number;
  unhealthy: number;
  setAside: number;
  counts: Record<string, number>;
};

function createWorldGauges(registers: Registry[]): (keeper: Pick<Keeper, 'read'>) => Promise<void> {
  const labelNames = ['pool'] as const;
  const queued = new Gauge({
    name: 'poolkeeper_pool_queue_leases',
    help: 'Leases that wait at a pool.',
    labelNames,
    registers,
  });
  const held = new Gauge({
    name: 'poolkeeper_pool_held_resources',
    help: 'Members that are held for a person.',
    labelNames,
    registers,
  });
  const unhealthy = new Gauge({
    name: 'poolkeeper_pool_unhealthy_resources',
    help: 'Members whose liveness is UNHEALTHY.',
    labelNames,
    registers,
  });
  const leaks = new Gauge({
    name: 'poolkeeper_leaks',
    help: 'Things at a provider that bear our tag and belong to nobody.',
    labelNames: ['provider'] as const,
    registers,
  });
  const setAside = new Gauge({
    name: 'poolkeeper_pool_set_aside_resources',
    help: 'Free members that are set aside for leases that wait for more.',
    labelNames,
    registers,
  });
  const resources = new Gauge({
    name: 'poolkeeper_pool_resources',
    help: 'Members of a pool by status.',
    labelNames: ['pool', 'status'] as const,
    registers,
  });
  const leases = new Gauge({
    name: 'poolkeeper_leases_live',
    help: 'Leases that have not ended.',
    registers,
  });
  return async (keeper) => {
    const seen = await keeper
      .read((world) => ({
        live: world.leases.size,
        pools: countPools(world.pools),
        leaks: countLeaks(world),
      }))
      // While the world is loading there is nothing to count.
      .catch(() => ({
        live: 0,
        pools: new Map<string, PoolNumbers>(),
        leaks: new Map<string, number>(),
      }));
    for (const gauge of [resources, queued, held, unhealthy, setAside, leaks]) gauge.reset();
    leases.set(seen.live);
    for (const [provider, count] of seen.leaks) leaks.set({ provider }, count);
    for (const [pool, numbers] of seen.pools) {
      queued.set({ pool }, numbers.queued);
      held.set({ pool }, numbers.held);
      unhealthy.set({ pool }, numbers.unhealthy);
      setAside.set({ pool }, numbers.setAside);
      for (const [status, number] of Object.entries(numbers.counts)) resources.set({ pool, status }, number);
    }
  };
}

/** Leaks of each provider that makes things, 0 included: an alert needs a number to compare with. */
function countLeaks({ providers, leaks }: World): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name, makes } of providers.values()) if (makes) counts.set(name, 0);
  for (const { provider, status } of leaks.values())
    if (status === 'leaked') counts.set(provider, (counts.get(provider) ?? 0) + 1);
  return counts;
}

function countPools(pools: ReadonlyMap<string, PoolState>): Map<string, PoolNumbers> {
  const seen = new Map<string, PoolNumbers>();
  for (const [name, state] of pools) {
    const shown = seen.size < POOLS_SHOWN_MAX ? name : OTHER_POOLS;
    const numbers = seen.get(shown) ?? { queued: 0, held: 0, unhealthy: 0, setAside: 0, counts: {} };
    numbers.queued += state.queue.size;
    numbers.held += state.heldCount;
    numbers.unhealthy += state.unhealthyCount;
    numbers.setAside += state.setAsideCount;
    for (const [status, number] of Object.entries(state.counts)) {
      numbers.counts[status] = (numbers.counts[status] ?? 0) + number;
    }
    seen.set(shown, numbers);
  }
  return seen;
}
