import type { WorldEvent } from '@poolkeeper/core';
import type { Batch } from '../../server/store/contract.ts';
import type { StepCall } from '../../server/steps/contract.ts';
import { OWN_STEPS } from '../draw-moves.ts';
import type { Report } from '../report.ts';
import type { Site } from '../site.ts';
import type { Mirror } from './mirror.ts';

/** A run by its events. `resumes`: how often a person had it go on. `at`: steps that are done with. */
type RunTale = { readonly resource: string; isOver: boolean; resumes: number };

/** Retells the runs from the events that got to the store, and compares what they say with what was really done outside. */
export class RunsCheck {
  readonly #report: Report;
  readonly #mirror: Mirror;
  readonly #site: Site;
  readonly #runs = new Map<string, RunTale>();
  /** The run that a resource is in. */
  readonly #runOf = new Map<string, string>();
  /** Keys under which a step of a run was begun. */
  readonly #keys = new Map<string, Set<string>>();

  constructor(input: { mirror: Mirror; site: Site; report: Report }) {
    this.#report = input.report;
    this.#mirror = input.mirror;
    this.#site = input.site;
  }

  /** Takes a batch that got to the store, before the mirror does. */
  take(batch: Batch): void {
    const ended = new Set(batch.runs.map(({ id }) => id));
    const told = new Set<string>();
    for (const event of batch.events) {
      if (event.type === 'resource.resumed') this.#resume(event);
      const run = event.data['run'];
      if (typeof run !== 'string' || !event.type.startsWith('run.')) continue;
      this.#follow(event, run);
      if (event.type === 'run.ended') told.add(run);
    }
    if (told.size !== ended.size || told.symmetricDifference(ended).size > 0) {
      this.#report(
        'runs-end-once',
        `a commit writes ${[...ended].join() || 'no run'} as ended, and tells that of ${[...told].join() || 'none'}`,
      );
    }
    for (const entry of batch.upserts) {
      if (entry.kind === 'run' && this.#runs.get(entry.id)?.isOver !== false)
        this.#report('runs-end-once', `run ${entry.id} is written and not under way by the events`);
    }
    for (const { kind, id } of batch.deletes) {
      if (kind === 'run' && this.#runs.get(id)?.isOver !== true)
        this.#report('runs-end-once', `run ${id} is deleted and was not told to end`);
    }
  }

  /** Somebody begins to work at a step: the run is durable, and the key is the one of every attempt before. */
  begun({ run, step, idempotencyKey, resource }: StepCall): void {
    const tale = this.#runs.get(run);
    if (tale === undefined)
      return this.#report('intent-first', `step ${step} of run ${run} is begun, which nobody wrote down`);
    if (tale.resource !== resource.id)
      this.#report(
        'intent-first',
        `step ${step} of run ${run} is begun on ${resource.id}, not ${tale.resource}`,
      );
    const name = `${run}/${step}`;
    const keys = this.#keys.get(name) ?? new Set();
    this.#keys.set(name, keys.add(idempotencyKey));
    if (keys.size > 1 + tale.resumes) {
      this.#report(
        'one-key-per-step',
        `step ${step} of run ${run} was begun under ${[...keys].join(' and ')}; a person had it go on ${tale.resumes} times`,
      );
    }
  }

  /** Every run that was not told to end is in the store, and no other. */
  checkAtRest(): void {
    const { run: written } = this.#mirror.documents;
    const open = [...this.#runs].filter(([, { isOver }]) => !isOver);
    for (const [id] of open)
      if (!written.has(id)) this.#report('runs-end-once', `run ${id} has not ended and is not in the store`);
    if (written.size !== open.length)
      this.#report('runs-end-once', `${open.length} runs are under way, ${written.size} are in the store`);
  }

  #resume({ resource }: WorldEvent): void {
    const tale = this.#runs.get(this.#runOf.get(resource ?? '') ?? '');
    if (tale !== undefined) tale.resumes += 1;
  }

  #follow(event: WorldEvent, id: string): void {
    const tale = this.#runs.get(id);
    if (event.type === 'run.started') {
      const resource = event.resource as string;
      const other = this.#runs.get(this.#runOf.get(resource) ?? '');
      if (tale !== undefined) this.#report('runs-end-once', `run ${id} is started twice`);
      if (other?.isOver === false)
        this.#report('runs-end-once', `run ${id} is started while ${resource} is in another`);
      this.#runs.set(id, { resource, isOver: false, resumes: 0 });
      this.#runOf.set(resource, id);
      return;
    }
    if (tale === undefined || tale.isOver)
      return this.#report(
        'runs-end-once',
        `${event.type} (event ${event.seq}) of run ${id}, which is not under way`,
      );
    if (event.type === 'run.ended') tale.isOver = true;
    if (event.type === 'run.step') this.#checkDone(event, id);
  }

  /** What is told to have passed was done. */
  #checkDone({ data, seq }: WorldEvent, run: string): void {
    const step = data['step'] as string;
    if (data['outcome'] !== 'passed' || OWN_STEPS.has(step) || this.#site.hasPassed(run, step)) return;
    this.#report(
      'passed-is-done',
      `step ${step} of run ${run} is told to have passed (event ${seq}), and nobody did it`,
    );
  }
}
