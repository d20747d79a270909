import { ID_PREFIX } from '../ids.ts';
import { dropJob } from '../job/start-job.ts';
import { canonicalJson } from '../json.ts';
import { followWait } from '../lease/put-off.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Resource } from '../model/resource.ts';
import type { Run, RunStep } from '../model/run.ts';
import type { ReleaseSpec, Transition, TransitionSpec } from '../model/transition.ts';
import type { Transaction } from '../world/transaction.ts';
import { fillIn } from '../workflow/interpolate.ts';
import { mergeTransitions } from '../workflow/merge-transitions.ts';
import { planRun } from '../workflow/plan-run.ts';
import type { RunPlan } from '../workflow/plan-run.ts';
import { scopeOf } from '../workflow/scope.ts';
import type { MoveLease } from '../workflow/scope.ts';
import { changeRun, holdRun, subjectOf, walkRun } from '../workflow/walk-run.ts';
import type { Walked } from '../workflow/walk-run.ts';
import { changeResource } from './change-resource.ts';

export type TransitionInput = {
  readonly transition: Transition;
  /** Who the resource moves for, or comes back from. */
  readonly lease?: MoveLease | null;
  /** What the caller adds to the pool's transition. */
  readonly call?: TransitionSpec | null;
  /** Is it about to go, so that nobody need clean it? */
  readonly isLeaving?: boolean;
};

/**
 * Begins a move of a resource: takes profiles and parameters away, adds others, and starts the workflows that the move has.
 *
 * Shape: answers whether the move is over at once; else a run is under way, or held, and somebody is told when it is through.
 */
export function beginTransition(tx: Transaction, resource: Resource, input: TransitionInput): boolean {
  const { transition, lease = null, call = null, isLeaving = false } = input;
  const spec = transitionOf(tx, resource, { transition, call });
  if (spec === undefined) return true;
  if (!hasWorkflow(spec, isLeaving) && adapt(tx, resource, { spec, lease }) === null) return true;
  const id = tx.context.newId(ID_PREFIX.run);
  const run = tx.put('run', id, {
    id,
    resource: resource.id,
    resourceName: resource.name,
    pool: resource.pool,
    transition,
    epoch: resource.epoch,
    lease: lease?.id ?? null,
    holder: lease?.holder ?? null,
    source: { call, leaseLabels: lease?.labels ?? {}, leaseNote: lease?.note ?? '', isLeaving },
    status: 'running',
    steps: [],
    workflows: {},
    at: 0,
    stepStartedAt: null,
    dueAt: null,
    startedAt: tx.now,
    endedAt: null,
    version: 1,
  });
  changeResource(tx, resource, { run: id });
  tx.emit('run.started', subjectOf(run), { run: id, transition });
  if (layOutRun(tx, run) !== 'through') return false;
  endRun(tx, id, 'passed');
  return true;
}

function hasWorkflow({ workflow, clean, verify }: ReleaseSpec, isLeaving: boolean): boolean {
  return workflow !== undefined || (!isLeaving && (clean !== undefined || verify !== undefined));
}

/** What the pool says about a move, with what the caller adds; undefined where it is nothing. */
export function transitionOf(
  tx: Transaction,
  resource: Resource,
  { transition, call }: { transition: Transition; call: TransitionSpec | null },
): ReleaseSpec | undefined {
  return mergeTransitions(tx.requirePool(resource.pool).pool.on[transition], call);
}

/** Gives the resource what the move says, plans the steps, and begins the first. */
function layOutRun(tx: Transaction, run: Run): Walked {
  const resource = tx.world.resources.get(run.resource) as Resource;
  const spec = specOfRun(tx, run, resource);
  const wrong = adapt(tx, resource, { spec, lease: leaseOfRun(run), run: run.id });
  if (wrong !== null) return stop(tx, run, wrong);
  const plan = planOf(tx, run);
  if (plan.fault !== null) return stop(tx, run, plan.fault);
  const { steps, workflows } = plan;
  return walkRun(tx, changeRun(tx, run, { status: 'running', steps, workflows, at: 0, stepStartedAt: null }));
}

/**
 * Goes on with a run that was held. Workflows that did not change go on at the step that they are at, with references filled in
 * anew; changed ones start again from their first step.
 */
export function resumeRun(tx: Transaction, run: Run): Walked {
  if (run.steps.length === 0) return layOutRun(tx, run);
  const plan = planOf(tx, run);
  if (plan.fault !== null) return stop(tx, run, plan.fault);
  const at = isSamePlan(plan, run) ? run.at : 0;
  const steps = plan.steps.map((step, index) => (index < at ? (run.steps[index] ?? step) : step));
  const { workflows } = plan;
  return walkRun(tx, changeRun(tx, run, { status: 'running', steps, workflows, at, stepStartedAt: null }));
}

/** Are the steps of the same versions of the same workflows, in the same places? */
function isSamePlan(plan: RunPlan, { workflows, steps }: Run): boolean {
  const places = ({ phase, workflow, name }: RunStep): string => `${phase}/${workflow}/${name}`;
  return (
    canonicalJson(plan.workflows) === canonicalJson(workflows) &&
    canonicalJson(plan.steps.map(places)) === canonicalJson(steps.map(places))
  );
}

/** A run is over: its resource has none. */
export function endRun(tx: Transaction, id: string, status: 'passed' | 'failed' | 'dropped'): Run {
  const run = tx.world.runs.get(id) as Run;
  const resource = tx.world.resources.get(run.resource) as Resource;
  const ended = { ...run, status, endedAt: tx.now, dueAt: null, version: run.version + 1 };
  tx.endRun(ended);
  followWait(tx, run, undefined);
  changeResource(tx, resource, { run: null, hold: null });
  tx.emit('run.ended', subjectOf(run), { run: id, transition: run.transition, status });
  return ended;
}

/** Ends what a resource is in the middle of, if it is, with the work under way. */
export function dropRun(tx: Transaction, resource: Resource): Resource {
  if (resource.run === null) return resource;
  dropJob(tx, resource);
  endRun(tx, resource.run, 'dropped');
  return tx.world.resources.get(resource.id) as Resource;
}

function planOf(tx: Transaction, run: Run): RunPlan {
  const resource = tx.world.resources.get(run.resource) as Resource;
  const { isLeaving } = run.source;
  const spec = specOfRun(tx, run, resource);
  return planRun(tx, resource, { spec, run: run.id, lease: leaseOfRun(run), isLeaving });
}

function specOfRun(tx: Transaction, { transition, source }: Run, resource: Resource): ReleaseSpec {
  return transitionOf(tx, resource, { transition, call: source.call }) ?? {};
}

function leaseOfRun({ lease, holder, source }: Run): MoveLease | null {
  if (lease === null || holder === null) return null;
  return { id: lease, holder, labels: source.leaseLabels, note: source.leaseNote };
}

/** Nothing of it ran: what is wrong is put right before a retry, so no step can be skipped. */
function stop(tx: Transaction, run: Run, reason: string): Walked {
  holdRun(tx, run, { step: null, reason });
  return 'held';
}

/** Takes away, then adds, so that what is in both ends up present. Answers what is wrong with what is to be added. */
function adapt(
  tx: Transaction,
  resource: Resource,
  { spec, lease, run = null }: { spec: TransitionSpec; lease: MoveLease | null; run?: string | null },
): string | null {
  const { addProfiles = [], removeProfiles = [], addParams = {}, removeParams = [] } = spec;
  const { value, secrets, faults } = fillIn(addParams, scopeOf(tx.world, resource, { lease, run }));
  const [fault] = faults;
  if (fault !== undefined) return `parameter "${fault.pointer.slice(1)}" to be added: ${fault.message}`;
  const [secret] = secrets;
  if (secret !== undefined)
    return `parameter "${secret.pointer.slice(1)}" to be added names a secret; only the input of a step may`;
  const profiles = resource.profiles.filter((name) => !removeProfiles.includes(name));
  for (const name of addProfiles) if (!profiles.includes(name)) profiles.push(name);
  const kept = Object.entries(resource.params).filter(([name]) => !removeParams.includes(name));
  const params = Object.fromEntries([...kept, ...Object.entries(value as JsonObject)]);
  const isSame =
    canonicalJson(params) === canonicalJson(resource.params) &&
    canonicalJson(profiles as Json) === canonicalJson(resource.profiles as Json);
  if (!isSame) changeResource(tx, resource, { profiles, params });
  return null;
}
