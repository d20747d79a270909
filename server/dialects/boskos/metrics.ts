import { performance } from 'node:perf_hooks';
import type { World } from '@poolkeeper/core';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Keeper } from '../../keeper/contract.ts';
import { BoundedLabel } from './bounded-label.ts';
import { countType } from './type-counts.ts';

/** States that every type is shown with, also where no resource is in them; what is in another is shown as `other`. */
const KNOWN_STATES = ['busy', 'cleaning', 'dirty', 'free', 'leased', 'toBeDeleted', 'tombstone'];
const OTHER_STATES = 'other';
const ACQUIRE_SECONDS = [1, 10, 100, 500, 1_000, 1_500, 2_000];
const HTTP_SECONDS = [0.005, ...powersOfTwo(-7, 10), 1_200];
const RESPONSE_BYTES = powersOfTwo(7, 16);
/** Values of labels that are told apart. */
const USER_AGENTS_MAX = 100;
const DESTS_MAX = 200;

export type Acquired = {
  readonly type: string;
  readonly state: string;
  readonly dest: string;
  readonly hasRequestId: boolean;
  readonly waitedMs: number;
};
export type Served = {
  /** One of the endpoints, or `unmatched`. */
  readonly path: string;
  readonly method: string;
  readonly status: number;
  readonly userAgent: string;
  readonly durationMs: number;
  readonly bytes: number;
};

export type BoskosMetrics = {
  readonly observeAcquire: (acquired: Acquired) => void;
  readonly observeRequest: (served: Served) => void;
  /** Everything as Prometheus reads it; the world is looked at now. */
  readonly render: (keeper: Pick<Keeper, 'read' | 'now'>) => Promise<{ contentType: string; text: string }>;
};

/** The metrics of the original under their names, in a registry of their own, and the length of each queue. */
export function createBoskosMetrics(registry: Registry): BoskosMetrics {
  const registers = [registry];
  const acquireSeconds = new Histogram({
    name: 'boskos_acquire_duration_seconds',
    help: "Histogram of waiting in seconds for a Boskos' client to acquire a resource.",
    labelNames: ['type', 'state', 'dest', 'has_request_id'] as const,
    buckets: ACQUIRE_SECONDS,
    registers,
  });
  const labelNames = ['path', 'method', 'status', 'user_agent'] as const;
  const httpSeconds = new Histogram({
    name: 'boskos_http_request_duration_seconds',
    help: 'http request duration in seconds',
    labelNames,
    buckets: HTTP_SECONDS,
    registers,
  });
  const responseBytes = new Histogram({
    name: 'boskos_http_response_size_bytes',
    help: 'http response size in bytes',
    labelNames,
    buckets: RESPONSE_BYTES,
    registers,
  });
  const showWorld = createWorldGauges(registers);
  const showProcess = createProcessGauges(registers);
  const agents = new BoundedLabel(USER_AGENTS_MAX);
  const dests = new BoundedLabel(DESTS_MAX);
  return {
    observeAcquire: ({ type, state, dest, hasRequestId, waitedMs }) =>
      acquireSeconds.observe(
        { type, state, dest: dests.of(dest), has_request_id: String(hasRequestId) },
        waitedMs / 1_000,
      ),
    observeRequest: ({ path, method, status, userAgent, durationMs, bytes }) => {
      const labels = { path, method, status: String(status), user_agent: agents.of(userAgent) };
      httpSeconds.observe(labels, durationMs / 1_000);
      responseBytes.observe(labels, bytes);
    },
    render: async (keeper) => {
      await showWorld(keeper);
      showProcess();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function powersOfTwo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => 2 ** (first + index));
}

type TypeNumbers = { readonly states: ReadonlyMap<string, number>; readonly queues: Map<string, number> };

function createWorldGauges(registers: Registry[]): (keeper: Pick<Keeper, 'read' | 'now'>) => Promise<void> {
  const labelNames = ['type', 'state'] as const;
  const resources = new Gauge({
    name: 'boskos_resources',
    help: 'Number of resources recorded in Boskos by resource type and state.',
    labelNames,
    registers,
  });
  const queues = new Gauge({
    name: 'boskos_queue_length',
    help: 'Number of requests that wait for a resource of a type in a state.',
    labelNames,
    registers,
  });
  return async (keeper) => {
    const now = keeper.now();
    // While the world is loading there is nothing to count.
    const seen = await keeper
      .read((world) => countTypes(world, now))
      .catch(() => new Map<string, TypeNumbers>());
    resources.reset();
    queues.reset();
    for (const [type, numbers] of seen) {
      for (const [state, count] of withKnownStates(numbers.states)) resources.set({ type, state }, count);
      for (const [state, count] of numbers.queues) queues.set({ type, state }, count);
    }
  };
}

function countTypes(world: World, now: number): Map<string, TypeNumbers> {
  const seen = new Map<string, TypeNumbers>();
  for (const state of world.pools.values()) {
    const type = state.pool.stages?.type;
    if (type === undefined) continue;
    const queues = new Map<string, number>();
    for (const { stage, askBy } of state.staged?.waiters() ?? [])
      if (askBy >= now) queues.set(stage, (queues.get(stage) ?? 0) + 1);
    seen.set(type, { states: countType(world, state).states, queues });
  }
  return seen;
}

/** A type without a resource is not shown, as the original does it. */
function withKnownStates(states: ReadonlyMap<string, number>): Map<string, number> {
  const shown = new Map(states.size === 0 ? [] : KNOWN_STATES.map((state) => [state, 0]));
  for (const [state, count] of states) {
    const name = KNOWN_STATES.includes(state) ? state : OTHER_STATES;
    shown.set(name, (shown.get(name) ?? 0) + count);
  }
  return shown;
}

/** What dashboards read of any process; what the original tells of its own runtime means nothing here. */
function createProcessGauges(registers: Registry[]): () => void {
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    registers,
  });
  const memory = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    registers,
  });
  const start = new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start time of the process since unix epoch in seconds.',
    registers,
  });
  return () => {
    const { user, system } = process.cpuUsage();
    cpu.reset();
    cpu.inc((user + system) / 1e6);
    memory.set(process.memoryUsage.rss());
    start.set(performance.timeOrigin / 1_000);
  };
}
