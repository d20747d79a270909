import { Refusal } from '../errors.ts';
import { explainRun } from './explain-run.ts';
import type { RunExplanation } from './explain-run.ts';
import type { Job } from '../model/job.ts';
import type { Resource } from '../model/resource.ts';
import { isInWork } from '../resource/act-on-resource.ts';
import type { ResourceAction } from '../resource/act-on-resource.ts';
import { isStanding, stageOf } from '../stage/stage-of.ts';
import type { World } from '../world/world.ts';

export type ResourceExplanation = {
  readonly resource: string;
  readonly summary: string;
  /** The outside work under way on it, if there is any. */
  readonly job: Pick<Job, 'id' | 'kind' | 'attempts' | 'notBefore' | 'lastError'> | null;
  /** The transition that it is in the middle of, and the step that it is at; null where it is in none. */
  readonly run: RunExplanation | null;
  /** What a person may do now. */
  readonly actions: readonly ResourceAction[];
};

/** Says what a resource does, since when, what it waits for and what a person could do. Errors: `resource_not_found`. */
export function explainResource(world: World, id: string): ResourceExplanation {
  const resource = world.resources.get(id);
  if (resource === undefined) throw new Refusal('resource_not_found', `There is no resource "${id}".`);
  const jobId = world.jobOfResource.get(id);
  const job = jobId === undefined ? undefined : world.jobs.get(jobId);
  const run = explainRun(world, resource.run);
  return {
    resource: id,
    summary: summarize(resource, job, run),
    run,
    job:
      job === undefined
        ? null
        : {
            id: job.id,
            kind: job.kind,
            attempts: job.attempts,
            notBefore: job.notBefore,
            lastError: job.lastError,
          },
    actions: actionsOn(resource),
  };
}

/** What a person may do with a resource in its present state; also what the API offers. */
export function actionsOn(resource: Resource): ResourceAction[] {
  const { status, hold, run, destination } = resource;
  const actions: ResourceAction[] = [];
  if (isInWork(resource) && hold === null) actions.push('hold');
  if (hold !== null || status === 'quarantined' || isStanding(resource)) actions.push('retry');
  // Where no step has failed there is none that a word could stand for.
  if (hold !== null && !['requested', 'free'].includes(status) && (run === null || hold.step !== null))
    actions.push('skip');
  const isLeaving = status === 'exiting' && hold === null;
  if (!['requested', 'quarantined', 'gone'].includes(status) && !isLeaving) actions.push('quarantine');
  const isEnding = status === 'exiting' && run === null && destination === null;
  if (!isEnding && status !== 'gone') actions.push('retire');
  return actions;
}

function summarize(resource: Resource, job: Job | undefined, run: RunExplanation | null): string {
  if (resource.hold !== null && resource.status === 'free') {
    return `It is kept back: ${sentence(resource.hold.reason)} It is lent again when the probe passes; or retry it, or retire it.`;
  }
  if (resource.hold !== null) {
    return `It is held while ${resource.status}: ${sentence(resource.hold.reason)} ${adviceOnHold(resource)}`;
  }
  if (run?.step) {
    const { name, workflow, number, of } = run.step;
    return `${DOING[run.transition]}: step "${name}" of workflow "${workflow}" (${number} of ${of}). It waits for ${run.waitsFor}.`;
  }
  const failed =
    job !== undefined && job.attempts > 0
      ? ` ${job.attempts} attempts failed; the last: ${job.lastError}`
      : '';
  switch (resource.status) {
    case 'requested':
      if (resource.machine === 'REJECTED' && job === undefined)
        return `Its provider "${resource.provider}" could not make it; the next update of its pool asks again.`;
      if (job?.kind === 'attach')
        return `Its provider "${resource.provider}" is asked to take it in, because a client wants that.`;
      return `Its provider "${resource.provider}" is asked to make it.${failed}`;
    case 'entering':
      return `It exists and is not ready yet: the machine is ${resource.machine}, liveness ${resource.liveness}.${failed}`;
    case 'free':
      if (resource.leaseId !== null)
        return `It is set aside for lease ${resource.leaseId}, which waits for more.`;
      return 'It is free and on offer.';
    case 'preparing':
      return `It is being prepared for lease ${resource.leaseId}.`;
    case 'leased':
      return `Lease ${resource.leaseId} holds it.${FATES[resource.fate]}`;
    case 'cleaning':
      if (isStanding(resource))
        return `It stands at "${stageOf(resource)}" until a client takes it from there. Retry has its pool clean it, and it is free.`;
      return resource.restsUntil === null
        ? 'It came back and is being cleaned.'
        : `It is clean, and rests until ${new Date(resource.restsUntil).toISOString()}.`;
    case 'exiting':
      if (job?.kind === 'detach')
        return `Its provider "${resource.provider}" is asked to let go of it, because a client wants that. It lives on.`;
      if (job === undefined && resource.machine === 'TERMINATED')
        return 'It has ended. It goes when the list of its cloud has it no more.';
      return `Its provider "${resource.provider}" is asked to destroy it, until it is proven gone.${failed}`;
    case 'standby':
      return 'It is stopped, as a spare.';
    case 'quarantined':
      return 'It is set aside as unsafe and never lent. Retry takes it back into service; retire ends it.';
    case 'gone':
      return 'It is gone.';
  }
}

/** A reason as a sentence; what a step said may end as one already. */
function sentence(reason: string): string {
  return /[.?!]$/.test(reason) ? reason : `${reason}.`;
}

const DOING = {
  enter: 'It enters its pool',
  allocate: 'It is being prepared for its lease',
  release: 'It came back and is being turned over',
  exit: 'It leaves its pool',
} as const;

function adviceOnHold({ run, hold, status }: Resource): string {
  if (run !== null && hold?.step === null) return 'Put that right, then retry it; or retire it.';
  if (status === 'requested') return 'Retry it, or retire it.';
  return 'Retry it, skip it with a reason, quarantine or retire it.';
}

const FATES = {
  recycle: '',
  retire: ' It is given up when it comes back.',
  quarantine: ' It is quarantined when it comes back.',
} as const;
