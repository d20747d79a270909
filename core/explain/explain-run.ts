import { formatDuration } from '../duration.ts';
import type { Run, RunStep } from '../model/run.ts';
import type { Job } from '../model/job.ts';
import { questionOf } from '../workflow/decide-approval.ts';
import type { World } from '../world/world.ts';

/** Where a run is: the step, since when, and what it waits for. Instants are milliseconds UTC. */
export type RunExplanation = {
  readonly id: string;
  readonly transition: Run['transition'];
  readonly status: Run['status'];
  /** The step that it is at, counted from 1, of how many; null when its steps could not be planned. */
  readonly step: {
    readonly name: string;
    readonly workflow: string;
    readonly phase: RunStep['phase'];
    readonly uses: RunStep['uses'];
    readonly number: number;
    readonly of: number;
    readonly since: number | null;
    /** When a wait is over, or the time for an approval. */
    readonly until: number | null;
  } | null;
  /** One sentence: what it waits for now. */
  readonly waitsFor: string;
};

/** Says where the run of a resource is, if it is in one. */
export function explainRun(world: World, id: string | null): RunExplanation | null {
  const run = world.runs.get(id ?? '');
  if (run === undefined) return null;
  const step = run.steps[run.at];
  return {
    id: run.id,
    transition: run.transition,
    status: run.status,
    step:
      step === undefined
        ? null
        : {
            name: step.name,
            workflow: step.workflow,
            phase: step.phase,
            uses: step.uses,
            number: run.at + 1,
            of: run.steps.length,
            since: run.stepStartedAt,
            until: run.dueAt,
          },
    waitsFor: waitsFor(world, run, step),
  };
}

function waitsFor(world: World, run: Run, step: RunStep | undefined): string {
  if (run.status === 'held') return 'a person: retry it, skip the step, retire or quarantine the resource';
  if (step === undefined) return 'nothing';
  const job = world.jobs.get(world.jobOfResource.get(run.resource) ?? '');
  if (step.uses === 'wait') return `its time to pass, until ${instant(run.dueAt)}`;
  const question = questionOf(run);
  if (question !== null)
    return `somebody to answer "${question}" before ${instant(run.dueAt)}: ${answers(run)}`;
  return job === undefined ? 'the keeper' : ofJob(world, job);
}

/** What to type for a yes and for a no. */
function answers({ id }: Run): string {
  return `"poolkeeper run approve ${id}" or "poolkeeper run deny ${id} --reason TEXT"`;
}

function ofJob(world: World, job: Job): string {
  const tries = job.lastError === null ? '' : `; attempt ${job.attempts} failed: ${job.lastError}`;
  if (job.notBefore > world.meta.instant)
    return `its next attempt, in ${formatDuration(job.notBefore - world.meta.instant)}${tries}`;
  const labels = Object.entries(job.runsOn).map(([name, value]) => `${name}=${value}`);
  if (labels.length === 0) return `the step to end${tries}`;
  return job.claim === null
    ? `a runner with ${labels.join(', ')} to take it${tries}`
    : `runner ${job.claim.runner} to end it${tries}`;
}

function instant(at: number | null): string {
  return at === null ? 'an unknown time' : new Date(at).toISOString();
}
