import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { RunnersSummary } from '../runners/contract.ts';

/** Sets what is known of runners to what it is now. Runners are not told apart: anybody with a token may name one. */
export function createRunnerMetrics(registers: Registry[]): (summary: RunnersSummary) => void {
  const runners = new Gauge({
    name: 'poolkeeper_runners',
    help: 'Runners that were seen within the last hour, by whether they are still heard.',
    labelNames: ['state'] as const,
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const waiting = gauge('poolkeeper_runner_jobs_waiting', 'Steps that wait for a runner that fits.');
  const running = gauge('poolkeeper_runner_jobs_running', 'Steps in the hands of runners.');
  const lost = gauge(
    'poolkeeper_runner_claims_lost',
    'Steps that were taken back from silent runners since the start.',
  );
  return (summary) => {
    for (const state of ['connected', 'silent'] as const)
      runners.set({ state }, summary.runners.filter((runner) => runner.state === state).length);
    waiting.set(summary.waiting);
    running.set(summary.claimed);
    lost.set(summary.lost);
  };
}
