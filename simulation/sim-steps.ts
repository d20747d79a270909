import { ProviderRefused } from '../server/providers/contract.ts';
import { StepRefused } from '../server/steps/contract.ts';
import type {
  StepCall,
  StepExecutor,
  StepExecutors,
  StepResult,
  StepTools,
} from '../server/steps/contract.ts';
import type { Timers } from '../server/timers.ts';
import type { Chance } from './chance.ts';
import { SimCall } from './sim-call.ts';
import type { Done, Site } from './site.ts';

export type SimStepsInput = {
  readonly site: Site;
  readonly time: Timers;
  readonly chance: Chance;
  /** Hears of each attempt before it does anything. */
  readonly begun: (call: StepCall) => void;
};

/** What one process does steps with, of every kind: attempts go as the mood of the site has it. */
export class SimSteps {
  readonly #input: SimStepsInput;
  readonly #calls = new Set<{ cut(): void }>();
  #isCut = false;

  constructor(input: SimStepsInput) {
    this.#input = input;
  }

  /** `wrap`: puts something between the runner and the work. `ofProviders`: does the steps of accounts. */
  executors(wrap: (real: StepExecutor) => StepExecutor, ofProviders: StepExecutor): StepExecutors {
    const executor = wrap({ check: () => null, run: (call, tools) => this.#run(call, tools) });
    const provider = wrap({ ...ofProviders, run: (call, tools) => this.#watch(call, tools, ofProviders) });
    return { exec: executor, ssh: executor, http: executor, container: executor, provider };
  }

  /** The process that called is dead: what it began is done at once or never, and nothing comes back. */
  cut(): void {
    this.#isCut = true;
    for (const call of this.#calls) call.cut();
    this.#calls.clear();
  }

  /** What is done for an account is known to the site, which has all that holders leave. */
  async #watch(step: StepCall, tools: StepTools, real: StepExecutor): Promise<StepResult> {
    if (this.#isCut) return new Promise(() => {});
    const { site, begun } = this.#input;
    begun(step);
    const result = await real.run(step, tools);
    if (!result.isPassed || this.#isCut) return result;
    site.notePassed(step.run, step.step);
    if (step.input['action'] === 'prove') site.wipe(step.resource.id);
    return result;
  }

  async #run(step: StepCall, { signal, output }: StepTools): Promise<StepResult> {
    if (this.#isCut) return new Promise(() => {});
    const { site, time, chance, begun } = this.#input;
    begun(step);
    const call = new SimCall<Done, Done>({
      time,
      chance,
      // Who does work has room for it.
      mood: { ...site.mood, exhausted: 0 },
      signal,
      effect: () => site.work(step),
      answer: (done) => done,
    });
    this.#calls.add(call);
    try {
      const done = await call.run();
      output('stdout', Buffer.from(`${step.step}: ${String(done.isPassed)}\n`));
      return { ...done, exitCode: done.isPassed ? 0 : 1, evidence: null };
    } catch (error) {
      throw error instanceof ProviderRefused ? new StepRefused(error.message, { cause: error }) : error;
    } finally {
      this.#calls.delete(call);
    }
  }
}
