import { Refusal } from '../errors.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Fate, Resource } from '../model/resource.ts';
import { templateTraits } from '../model/pool.ts';
import type { Pool } from '../model/pool.ts';
import type { Transaction } from '../world/transaction.ts';
import { isOut, setFate } from './fate.ts';
import { retryProbes } from './follow-health.ts';
import { faultOf } from './health.ts';
import { dropJob, jobOf, startJob } from '../job/start-job.ts';
import type { Run } from '../model/run.ts';
import { isStanding, stageOf } from '../stage/stage-of.ts';
import { endStep, holdRun, reportOf } from '../workflow/walk-run.ts';
import { changeResource } from './change-resource.ts';
import { continueRun, settleRun } from './end-transition.ts';
import { finishExit } from './finish-exit.ts';
import { dropRun, resumeRun } from './transition.ts';
import { cleanResource, quarantineResource, retireResource } from './turnover.ts';

export const RESOURCE_ACTIONS = ['hold', 'retry', 'skip', 'quarantine', 'retire'] as const;
export type ResourceAction = (typeof RESOURCE_ACTIONS)[number];

export type ActOnResource = {
  readonly type: 'actOnResource';
  readonly resource: string;
  readonly action: ResourceAction;
  /** For people: why. */
  readonly reason: string;
  /** Whose word it is; left out where it is nobody's in particular. */
  readonly by?: string;
  readonly version?: number;
};

/**
 * What a person does to one resource. What is leased is never taken: retire and quarantine then wait for its return.
 *
 * - hold: stops the work on a resource, for a person to look at.
 * - retry: goes on with what is held, at the step that failed; takes a quarantined resource back, and one that stands at a stage, by way of
 *   its release.
 * - skip: says that what is held is done: the step, with whose word that is; else that it is ready, or gone.
 * - quarantine: sets it aside as unsafe. retire: takes it out of service for good.
 * Errors: `resource_not_found`, `resource_transition_refused`, `version_mismatch`.
 */
export function actOnResource(tx: Transaction, input: ActOnResource): Resource | undefined {
  const resource = tx.require('resource', input.resource, input.version);
  switch (input.action) {
    case 'hold':
      holdResource(tx, resource, input.reason);
      break;
    case 'retry':
      retryResource(tx, resource);
      break;
    case 'skip':
      skipHold(tx, resource, input);
      break;
    case 'quarantine':
      if (isOut(resource)) decideFate(tx, resource, 'quarantine');
      else if (resource.status === 'preparing') giveBack(tx, resource, 'quarantine');
      else if (resource.status === 'exiting' && resource.hold === null)
        throw refuse(resource, 'quarantine', 'It is on its way out; hold it first.');
      else quarantineResource(tx, resource, input.reason);
      break;
    case 'retire':
      if (isOut(resource)) decideFate(tx, resource, 'retire');
      else if (resource.status === 'preparing') giveBack(tx, resource, 'retire');
      else if (resource.status !== 'exiting') retireResource(tx, resource, input.reason);
      else if (resource.run !== null || resource.destination !== null) destroyNow(tx, resource);
      break;
  }
  return tx.world.resources.get(input.resource);
}

/** It goes when its lease is over. One that is held before its holder has it does nobody good: its lease gets another at once. */
function decideFate(tx: Transaction, resource: Resource, fate: Fate): void {
  setFate(tx, resource, fate);
  if (resource.hold !== null) tx.toReplace.push(resource.id);
}

/** What was being prepared, and is nobody's, goes where its fate says. */
function giveBack(tx: Transaction, resource: Resource, fate: Fate): void {
  const idle = dropRun(tx, resource);
  const cleaning = changeResource(tx, idle, {
    status: nextResourceStatus(idle, 'release'),
    hold: null,
    fate,
  });
  cleanResource(tx, cleaning, null);
}

/** Gives up on what its pool would do at the exit, or on where it was to go. */
function destroyNow(tx: Transaction, resource: Resource): void {
  const idle = dropRun(tx, resource);
  startJob(tx, { kind: 'destroy' }, changeResource(tx, idle, { destination: null, hold: null }));
}

/** Is anything done to it, or about to be, that a person can stop? */
export function isInWork({ status, run }: Resource): boolean {
  return run !== null || ['requested', 'entering', 'exiting'].includes(status);
}

/** Stops the outside work on a resource until a person says how to go on. */
export function holdResource(tx: Transaction, resource: Resource, reason: string): void {
  if (!isInWork(resource)) {
    throw refuse(
      resource,
      'hold',
      'Only a resource that is being worked on can be held; quarantine a free one.',
    );
  }
  if (resource.hold !== null) return;
  const job = jobOf(tx.world, resource);
  // Held and retried it would be made or destroyed, which is not what was asked for.
  if (job?.kind === 'attach' || job?.asked !== undefined)
    throw refuse(
      resource,
      'hold',
      'A client waits for the answer of its provider; try again when it is there.',
    );
  const run = tx.world.runs.get(resource.run ?? '');
  if (run !== undefined) {
    dropJob(tx, resource);
    return holdRun(tx, run, { step: run.steps[run.at]?.name ?? null, reason });
  }
  changeResource(tx, resource, { hold: { reason, since: tx.now, step: null, run: null } });
  dropJob(tx, resource);
  tx.emit(
    'resource.held',
    { resource: resource.id, pool: resource.pool },
    { reason, status: resource.status },
  );
}

function retryResource(tx: Transaction, resource: Resource): void {
  if (resource.status === 'quarantined') {
    const cleaning = changeResource(tx, resource, { status: nextResourceStatus(resource, 'readmit') });
    tx.emit('resource.resumed', { resource: resource.id, pool: resource.pool }, { from: 'quarantined' });
    cleanResource(tx, cleaning, null);
    return;
  }
  if (isStanding(resource)) {
    tx.emit('resource.resumed', { resource: resource.id, pool: resource.pool }, { from: stageOf(resource) });
    return cleanResource(tx, resource, null);
  }
  if (resource.hold === null) throw refuse(resource, 'retry', 'It is not held and not quarantined.');
  if (resource.status === 'free') return retryProbes(tx, resource);
  const resumed = changeResource(tx, resource, { hold: null });
  tx.emit('resource.resumed', { resource: resource.id, pool: resource.pool }, { from: resource.status });
  const run = tx.world.runs.get(resource.run ?? '');
  if (run !== undefined && isLost(tx, resumed)) return retireResource(tx, resumed, 'it is dead');
  if (run !== undefined) return settleRun(tx, run, resumeRun(tx, run));
  startJob(tx, { kind: resumed.status === 'exiting' ? 'destroy' : 'create' }, resumed);
}

function skipHold(tx: Transaction, resource: Resource, input: ActOnResource): void {
  const { reason } = input;
  if (resource.hold === null) throw refuse(resource, 'skip', 'It is not held, so there is nothing to skip.');
  if (resource.status === 'requested') {
    throw refuse(resource, 'skip', 'Nothing was made yet. Retry it, or retire it.');
  }
  if (resource.status === 'free') {
    throw refuse(
      resource,
      'skip',
      'A probe holds it. Retry it, retire it, or change the health of its pool.',
    );
  }
  const run = tx.world.runs.get(resource.run ?? '');
  if (run !== undefined) return skipStep(tx, resource, { run, by: input.by ?? 'an operator', reason });
  tx.emit(
    'resource.resumed',
    { resource: resource.id, pool: resource.pool },
    { from: resource.status, skipped: reason },
  );
  const resumed = changeResource(tx, resource, { hold: null });
  if (resumed.status === 'exiting') finishExit(tx, resumed, 'forgotten');
  // A word does not bring back what its provider has seen dead.
  else if (faultOf(resumed, tx.now) === 'it is dead') retireResource(tx, resumed, 'it is dead');
  else tx.toOffer.push(resumed.id);
}

/** The step that failed is done by the word of an operator, which the record keeps. */
function skipStep(
  tx: Transaction,
  resource: Resource,
  { run, by, reason }: { run: Run; by: string; reason: string },
): void {
  if (resource.hold?.step === null)
    throw refuse(resource, 'skip', 'No step has failed: put right what keeps it from going on, then retry.');
  changeResource(tx, resource, { hold: null });
  const { id, pool, status } = resource;
  tx.emit('resource.resumed', { resource: id, pool }, { from: status, skipped: reason, by });
  const failed = run.steps[run.at]?.report;
  const report = { ...(failed ?? reportOf(tx, run)), outcome: 'skipped', skipped: { by, reason } } as const;
  const skipped = endStep(tx, run, report);
  const noted = tx.world.resources.get(id) as Resource;
  if (isLost(tx, noted)) retireResource(tx, noted, 'it is dead');
  else continueRun(tx, skipped);
}

/** Is it dead by the word of its provider, so that nothing that its move would still do makes it one to lend? */
function isLost(tx: Transaction, resource: Resource): boolean {
  const isComing = resource.status === 'entering' || resource.status === 'cleaning';
  return isComing && faultOf(resource, tx.now) === 'it is dead';
}

/** A changed template may be what those needed that could not be made: they become what it says. */
export function retryHeldMembers(tx: Transaction, pool: Pool): void {
  const state = tx.requirePool(pool.name);
  if (state.heldCount === 0) return;
  const held: Resource[] = [];
  for (const id of state.members) {
    const resource = tx.world.resources.get(id) as Resource;
    if (resource.hold !== null && resource.status === 'requested') held.push(resource);
  }
  const traits = { ...templateTraits(pool.template), templateRevision: pool.templateRevision };
  for (const resource of held) retryResource(tx, changeResource(tx, resource, traits));
}

function refuse(resource: Resource, action: string, why: string): Refusal {
  return new Refusal(
    'resource_transition_refused',
    `Resource ${resource.name} is ${resource.status}, so "${action}" is refused. ${why}`,
  );
}
