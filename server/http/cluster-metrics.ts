import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { ClusterPart } from './cluster-part.ts';

const FORWARD_SECONDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300];
const TAKEOVER_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is told of a replica while it runs. Durations are milliseconds. */
export type ClusterProbe = {
  /** A request to the keeper has ended; `durationMs` is the time until the head of its answer. */
  forwarded(outcome: string, durationMs: number): void;
  /** So many requests wait for a keeper now. */
  held(count: number): void;
  /** The keeper asked for more time. */
  renewed(outcome: string): void;
  /** This replica began to keep the world, so long after its term began. */
  tookOver(durationMs: number): void;
};

export type ClusterMetrics = {
  readonly probe: ClusterProbe;
  readonly show: (cluster: Pick<ClusterPart, 'isKeeping' | 'numbers'>) => void;
};

/** What is shown of replicas: who keeps, how terms are renewed, and what is forwarded. */
export function createClusterMetrics(registers: Registry[]): ClusterMetrics {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const outcomes = { labelNames: ['outcome'] as const, registers };
  const term = gauge(
    'poolkeeper_cluster_term',
    'The term that this replica knows of; it rises when the world changes hands.',
  );
  const isKeeper = gauge('poolkeeper_cluster_is_keeper', '1 while this replica keeps the world.');
  const lag = gauge(
    'poolkeeper_cluster_follow_lag_batches',
    'Batches of the database that this replica does not know yet.',
  );
  const renewals = new Counter({
    name: 'poolkeeper_cluster_renewals_total',
    help: 'Renewals of the term by this replica, by what became of them.',
    ...outcomes,
  });
  const takeovers = new Histogram({
    name: 'poolkeeper_cluster_takeover_duration_seconds',
    help: 'Time from the beginning of a term of this replica until it served.',
    buckets: TAKEOVER_SECONDS,
    registers,
  });
  const forwards = new Counter({
    name: 'poolkeeper_cluster_forwards_total',
    help: 'Requests that were sent to the keeper, by what became of them.',
    ...outcomes,
  });
  const forwardSeconds = new Histogram({
    name: 'poolkeeper_cluster_forward_duration_seconds',
    help: 'Time from a request that is sent to the keeper to the head of its answer.',
    buckets: FORWARD_SECONDS,
    registers,
  });
  const held = gauge(
    'poolkeeper_cluster_held_requests',
    'Requests that wait for somebody who keeps the world.',
  );
  return {
    probe: {
      forwarded: (outcome, durationMs) => {
        forwards.inc({ outcome });
        forwardSeconds.observe(durationMs / 1_000);
      },
      held: (count) => held.set(count),
      renewed: (outcome) => renewals.inc({ outcome }),
      tookOver: (durationMs) => takeovers.observe(durationMs / 1_000),
    },
    show: (cluster) => {
      const numbers = cluster.numbers();
      term.set(numbers.term);
      lag.set(numbers.lagBatches);
      isKeeper.set(cluster.isKeeping() ? 1 : 0);
    },
  };
}
