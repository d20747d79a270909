import { formatDuration } from '@poolkeeper/core';
import type { Token } from '@poolkeeper/core';
import type { ClaimedJob, RunnerStatus } from '../../runners/contract.ts';
import { mayUsePool } from '../access.ts';
import { instantText } from '../instant.ts';
import type { RunnerBody, RunnerJobBody } from '../schemas/runner.ts';

/** A runner as the API shows it; of its jobs those in the token's grant. */
export function viewRunner(runner: RunnerStatus, token: Token): RunnerBody {
  const { firstSeenAt, lastSeenAt, jobs, ...rest } = runner;
  return {
    ...rest,
    firstSeenAt: instantText(firstSeenAt),
    lastSeenAt: instantText(lastSeenAt),
    jobs: jobs
      .filter(({ pool }) => mayUsePool(token, pool))
      .map((job) => ({ ...job, since: instantText(job.since), heardAt: instantText(job.heardAt) })),
  };
}

/** A claimed job, for its runner alone: its secrets are in it. */
export function viewClaimedJob(
  { ticket, fence, input, secretValues }: ClaimedJob,
  heartbeatMs: number,
): RunnerJobBody {
  const { job, step, resource, externalId } = ticket;
  const { run, index, name, workflow, transition, uses, timeoutMs, lease, holder } = step;
  return {
    job: job.id,
    fence,
    heartbeat: formatDuration(heartbeatMs),
    step: {
      run,
      index,
      name,
      workflow,
      transition,
      uses,
      with: input,
      timeoutMs,
      attempt: job.attempts + 1,
      lease,
      holder,
    },
    resource,
    provider: job.provider,
    externalId,
    secrets: secretValues,
  };
}
