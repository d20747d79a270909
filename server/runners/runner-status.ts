import { compareText } from '@poolkeeper/core';
import type { Claim } from './claim.ts';
import type { RunnerJob, RunnerStatus } from './contract.ts';
import type { KnownRunner } from './runner-registry.ts';

/** A runner that says nothing for so long is shown as silent, in milliseconds: longer than a claim may wait. */
const CONNECTED_MS = 45_000;

/** The runners with what they do, in the order of their names. */
export function statusOf(
  known: ReadonlyMap<string, KnownRunner>,
  claims: readonly Claim[],
  now: number,
): RunnerStatus[] {
  const jobsOf = Map.groupBy(claims, ({ runner }) => runner);
  const runners = [...known].map(([id, runner]): RunnerStatus => {
    const jobs = (jobsOf.get(id) ?? []).map(viewJob).toSorted((a, b) => a.since - b.since);
    return { ...runner, state: now - runner.lastSeenAt < CONNECTED_MS ? 'connected' : 'silent', jobs };
  });
  return runners.toSorted((a, b) => compareText(a.name, b.name) || compareText(a.token, b.token));
}

function viewJob({ ticket, since, heardAt }: Claim): RunnerJob {
  const { job, step, resource } = ticket;
  return {
    job: job.id,
    run: step.run,
    step: step.name,
    pool: job.pool,
    resource: resource.id,
    since,
    heardAt,
  };
}
