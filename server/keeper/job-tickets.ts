import { invariant } from '@poolkeeper/core';
import type { Change, Job, JobTicket, StepTicket, Upkeep, World } from '@poolkeeper/core';
import type { JobRunner, LookTicket } from '../jobs/contract.ts';

/** A job with all that its runner needs, read from the world as it is. */
function ticketOf(world: World, job: Job): JobTicket {
  const resource = world.resources.get(job.resource);
  invariant(resource !== undefined, `job ${job.id} is for resource ${job.resource}, which is not there`);
  const { id, name, pool, kind, epoch, addresses, endpoints, externalId } = resource;
  return {
    job,
    resource: { id, name, pool, kind, epoch, addresses, endpoints },
    externalId,
    template: world.pools.get(pool)?.pool.template ?? null,
    step: job.step === null ? null : stepTicketOf(world, job.step),
  };
}

function stepTicketOf(world: World, { run: id, index }: NonNullable<Job['step']>): StepTicket {
  const run = world.runs.get(id);
  const step = run?.steps[index];
  invariant(run !== undefined && step !== undefined, `there is no step ${index} of run ${id}`);
  const { name, workflow, uses, with: input, secrets, timeoutMs } = step;
  const { transition, lease, holder } = run;
  return { run: id, index, name, workflow, transition, uses, with: input, secrets, timeoutMs, lease, holder };
}

/** The attempt at a look that an upkeep wants now; null where it wants none. */
function lookTicketOf(world: World, { name, pool, look }: Upkeep): LookTicket | null {
  const provider = world.pools.get(pool ?? '')?.pool.provider;
  return look === null || provider === undefined ? null : { ...look, upkeep: name, provider };
}

/** Hands out the jobs and looks that a durable batch began or put off, and drops those that it ended. */
export function handOutJobs(runner: JobRunner, world: World, changes: readonly Change[]): void {
  const tickets: JobTicket[] = [];
  for (const change of changes) {
    if (change.kind === 'upkeep' && (change.before?.look ?? null) !== (change.after?.look ?? null))
      handOutLook(runner, world, change.id);
    if (change.kind !== 'job') continue;
    const job = world.jobs.get(change.id);
    if (job === undefined) runner.drop(change.id);
    // One that changed again since comes with the batch of that change.
    else if (job === change.after) tickets.push(ticketOf(world, job));
  }
  for (const ticket of tickets) runner.accept(ticket);
}

/** Hands out every live job and look: what became of those under way may have been reported when nobody could write it down. */
export function handOutAll(runner: JobRunner, world: World): void {
  for (const job of world.jobs.values()) runner.accept(ticketOf(world, job));
  for (const upkeep of world.upkeeps.keys()) handOutLook(runner, world, upkeep);
}

function handOutLook(runner: JobRunner, world: World, name: string): void {
  const upkeep = world.upkeeps.get(name);
  runner.look(name, upkeep === undefined ? null : lookTicketOf(world, upkeep));
}

/** A batch that failed may have been written all the same; then the jobs that it ended are over. */
export function handOutAgain(runner: JobRunner, world: World, lost: readonly Change[]): void {
  for (const { kind, id } of lost) if (kind === 'job' && !world.jobs.has(id)) runner.drop(id);
  for (const { kind, id } of lost) if (kind === 'upkeep' && !world.upkeeps.has(id)) runner.look(id, null);
  handOutAll(runner, world);
}
