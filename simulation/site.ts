import { StepRefused } from '../server/steps/contract.ts';
import type { StepCall } from '../server/steps/contract.ts';
import type { Deed } from './draw-moves.ts';
import { FAIR_MOOD } from './sim-call.ts';
import type { Mood } from './sim-call.ts';

/** What a piece of work came to. */
export type Done = { readonly isPassed: boolean; readonly error: string | null };

/**
 * Where steps do their work: what holders leave on resources, and who took it away again. It lives on whatever happens to the
 * keeper, remembers by its key what was done, and does not do it twice.
 */
export class Site {
  mood: Mood = FAIR_MOOD;
  /** Resources that bear the marks of a holder, with its epoch. */
  readonly #marks = new Map<string, number>();
  readonly #passedKeys = new Set<string>();
  /** Steps of runs that passed here. */
  readonly #passed = new Set<string>();

  /** A holder leaves its marks. */
  soil(resource: string, epoch: number): void {
    this.#marks.set(resource, epoch);
  }

  /** Somebody cleans it beside all workflows, and looks. */
  wipe(resource: string): void {
    this.#marks.delete(resource);
  }

  /** A step that others do, of which this place has to know that it was done. */
  notePassed(run: string, step: string): void {
    this.#passed.add(`${run}/${step}`);
  }

  isDirty(resource: string): boolean {
    return this.#marks.has(resource);
  }

  hasPassed(run: string, step: string): boolean {
    return this.#passed.has(`${run}/${step}`);
  }

  /** Work that comes late, after the resource was handed on, takes no marks of the next holder away. */
  work({ input, resource, idempotencyKey, run, step }: StepCall): Done {
    if (this.#passedKeys.has(idempotencyKey)) return PASSED;
    const isMarked = (this.#marks.get(resource.id) ?? Infinity) <= resource.epoch;
    switch (input['does'] as Deed) {
      case 'wipe':
        if (isMarked) this.#marks.delete(resource.id);
        break;
      case 'look':
        if (isMarked) return { isPassed: false, error: 'Simulated: a holder left its marks.' };
        break;
      case 'work':
        break;
      default:
        throw new StepRefused(`Simulated: nobody knows how to ${JSON.stringify(input['does'])}.`);
    }
    this.#passedKeys.add(idempotencyKey);
    this.#passed.add(`${run}/${step}`);
    return PASSED;
  }
}

const PASSED: Done = { isPassed: true, error: null };
