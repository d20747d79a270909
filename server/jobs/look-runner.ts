import type { Listed } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import { ProviderTransient } from '../providers/contract.ts';
import type { Provider } from '../providers/contract.ts';
import type { CancelTimer, Clock, Timers } from '../timers.ts';
import type { CallProbe } from './call-probe.ts';
import type { LookTicket, ReportLook } from './contract.ts';
import { describeError, reasonOf } from './failure.ts';
import { callWithLimit } from './time-limit.ts';

/** How long one list of a provider's things may take, in milliseconds. */
const LOOK_MS_MAX = 30_000;
/** How long after an outcome was not taken another attempt is made, in milliseconds. */
const NOT_TAKEN_PAUSE_MS = 5_000;

export type LookRunnerInput = {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly report: ReportLook;
  /** Resolves when the rate of the provider's account lets a look go. */
  readonly admit: (provider: string, signal: AbortSignal) => Promise<void>;
  readonly called?: CallProbe;
};

/** One attempt at a look: it waits, is under way, or is being reported. */
type Attempt = { readonly ticket: LookTicket; readonly stop: AbortController; cancelTimer: CancelTimer };

/**
 * Looks at what providers have for upkeeps: one attempt at a time for each, when its time has come. What the attempts lead to is the
 * core's to decide; it hands out the next.
 */
export class LookRunner implements AsyncDisposable {
  readonly #input: LookRunnerInput;
  /** By upkeep. */
  readonly #attempts = new Map<string, Attempt>();
  readonly #underWay = new Set<Promise<unknown>>();
  #isStopped = false;

  constructor(input: LookRunnerInput) {
    this.#input = input;
  }

  /** Takes the next attempt in the place of what there is for the upkeep; the same one is not made twice. Null: none is wanted. */
  accept(upkeep: string, ticket: LookTicket | null): void {
    const before = this.#attempts.get(upkeep);
    if (before !== undefined && ticket !== null && isSame(before.ticket, ticket)) return;
    before?.cancelTimer();
    before?.stop.abort(new Error('The look is not wanted any more.'));
    this.#attempts.delete(upkeep);
    if (ticket === null || this.#isStopped) return;
    const attempt: Attempt = { ticket, stop: new AbortController(), cancelTimer: () => {} };
    this.#attempts.set(upkeep, attempt);
    const waitMs = Math.max(0, ticket.notBefore - this.#input.clock.now());
    attempt.cancelTimer = this.#input.timers.set(waitMs, () => void this.#run(attempt));
  }

  async #run(attempt: Attempt): Promise<void> {
    const looking = this.#look(attempt);
    this.#underWay.add(looking);
    const seen = await looking;
    this.#underWay.delete(looking);
    if (attempt.stop.signal.aborted || seen === undefined) return;
    // What is handed out from here on is another attempt, also when this one's outcome is not taken.
    this.#attempts.delete(attempt.ticket.upkeep);
    try {
      await this.#input.report(seen);
    } catch (error) {
      const { upkeep } = attempt.ticket;
      this.#input.logger.debug({ upkeep, err: error }, 'the outcome of a look was not taken');
      const notBefore = this.#input.clock.now() + NOT_TAKEN_PAUSE_MS;
      // Nobody hands it out again where the keeper goes on as if it were under way.
      if (!this.#attempts.has(upkeep)) this.accept(upkeep, { ...attempt.ticket, notBefore });
    }
  }

  /** What became of it; undefined when it is not wanted any more. */
  async #look({ ticket, stop }: Attempt): Promise<Parameters<ReportLook>[0] | undefined> {
    const { upkeep, number, provider } = ticket;
    let startedAt = this.#input.clock.now();
    try {
      await this.#input.admit(provider, stop.signal);
      startedAt = this.#input.clock.now();
      const things = await this.#measure(provider, startedAt, stop.signal);
      return { upkeep, number, startedAt, outcome: { result: 'seen', things } };
    } catch (error) {
      if (stop.signal.aborted) return undefined;
      const message = describeError(error, null);
      this.#input.logger.warn({ upkeep, provider, error: message }, 'could not list the machines of a pool');
      return { upkeep, number, startedAt, outcome: { result: 'failed', error: message } };
    }
  }

  async #measure(name: string, startedAt: number, stop: AbortSignal): Promise<readonly Listed[]> {
    const { clock, timers, called, providers } = this.#input;
    const tell = (result: string): void =>
      called?.({ provider: name, call: 'observe', result, durationMs: clock.now() - startedAt });
    const limits = { timers, what: `observe call of provider ${name}`, limitMs: LOOK_MS_MAX, stop };
    try {
      const provider = providers.get(name);
      if (provider === undefined) throw new ProviderTransient(`Provider ${name} is not configured any more.`);
      const things = await callWithLimit(limits, (signal) => provider.observe(signal));
      tell('seen');
      return things;
    } catch (error) {
      if (!stop.aborted) tell(reasonOf(error));
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    for (const upkeep of this.#attempts.keys()) this.accept(upkeep, null);
    await Promise.all(this.#underWay);
  }
}

function isSame(a: LookTicket, b: LookTicket): boolean {
  const isSameAttempt = a.number === b.number && a.failures === b.failures && a.notBefore === b.notBefore;
  return isSameAttempt && a.provider === b.provider;
}
