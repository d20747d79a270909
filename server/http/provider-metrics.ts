import { PROVIDER_STATES, explainProvider } from '@poolkeeper/core';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { workOf } from './provider-status.ts';
import type { ProviderStatus } from './provider-status.ts';

const CALL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** One call of a provider that has ended. */
export type ProviderCall = {
  readonly provider: string;
  readonly call: string;
  readonly result: string;
  readonly durationMs: number;
};

export type ProviderMetrics = {
  readonly observe: (call: ProviderCall) => void;
  /** Sets what is counted elsewhere to what it is now; providers that are gone are shown no more. */
  readonly show: (statuses: readonly ProviderStatus[]) => void;
};

/** What is shown of providers: how many jobs, how the account does, and each call with its result and time. */
export function createProviderMetrics(registers: Registry[]): ProviderMetrics {
  const labelNames = ['provider'] as const;
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers });
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
  const calls = new Histogram({
    name: 'poolkeeper_provider_call_duration_seconds',
    help: 'Time that calls of a provider took, by call and by what became of them.',
    labelNames: ['provider', 'call', 'result'] as const,
    buckets: CALL_SECONDS,
    registers,
  });
  const attempts = new Counter({
    name: 'poolkeeper_job_attempts_total',
    help: 'Calls of a provider by what became of them.',
    labelNames: ['provider', 'result'] as const,
    registers,
  });
  const running = gauge('poolkeeper_jobs_running', 'Calls of a provider under way.');
  const waiting = gauge(
    'poolkeeper_jobs_waiting',
    'Jobs that wait for their instant, a free place, the rate, the breaker or the pause of filling.',
  );
  const breaker = new Gauge({
    name: 'poolkeeper_provider_breaker_state',
    help: '1 for the state that the breaker of a provider is in.',
    labelNames: ['provider', 'state'] as const,
    registers,
  });
  const state = new Gauge({
    name: 'poolkeeper_provider_state',
    help: '1 for the state that a provider is in, 0 for the others.',
    labelNames: ['provider', 'state'] as const,
    registers,
  });
  const paused = gauge(
    'poolkeeper_provider_filling_paused',
    '1 while creations are held back because the quota or capacity of a provider is used up.',
  );
  const rateWaits = counter(
    'poolkeeper_provider_rate_waits_total',
    'Calls of a provider that had to wait for its rate alone.',
  );
  const rateWaitSeconds = counter(
    'poolkeeper_provider_rate_wait_seconds_total',
    'Time in which a call of a provider was ready and waited for its rate alone.',
  );
  const observedAt = gauge(
    'poolkeeper_provider_last_observe_timestamp_seconds',
    'When the last look at what a provider made began that succeeded.',
  );
  const shown = [attempts, running, waiting, breaker, state, paused, rateWaits, rateWaitSeconds, observedAt];
  return {
    observe: ({ durationMs, ...labels }) => calls.observe(labels, durationMs / 1_000),
    show: (statuses) => {
      for (const metric of shown) metric.reset();
      for (const status of statuses) {
        const { provider } = status;
        running.set({ provider }, status.running);
        waiting.set({ provider }, status.waiting);
        breaker.set({ provider, state: status.breaker.state }, 1);
        const present = explainProvider(workOf(status)).state;
        for (const one of PROVIDER_STATES) state.set({ provider, state: one }, one === present ? 1 : 0);
        paused.set({ provider }, status.filling.isPaused ? 1 : 0);
        rateWaits.inc({ provider }, status.rate.waits);
        rateWaitSeconds.inc({ provider }, status.rate.waitedMs / 1_000);
        const lastSweepAt = status.looks?.lastSweepAt ?? null;
        if (lastSweepAt !== null) observedAt.set({ provider }, lastSweepAt / 1_000);
        for (const [result, number] of Object.entries(status.attempts))
          attempts.inc({ provider, result }, number);
      }
    },
  };
}
