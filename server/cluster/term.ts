import type { Logger } from '../logger.ts';
import { StaleTerm } from '../store/contract.ts';
import { WentBack } from '../store/shared-contract.ts';
import type { SharedStore } from '../store/shared-contract.ts';
import type { CancelTimer, Clock, Timers } from '../timers.ts';
import type { KnownLeadership, LeadershipAnswer } from './known-leadership.ts';
import { ANSWER_MS_MAX } from './known-leadership.ts';
import { withinTime } from './within-time.ts';

/** How long a term lasts without a renewal, by the database's clock, in milliseconds. */
export const TERM_MS = 2_500;
/** How often it is renewed, in milliseconds. A renewal that hangs does not keep the next one from being sent. */
export const RENEW_EVERY_MS = 500;
/** How much sooner its keeper stops than others may begin, in milliseconds: two clocks do not run at quite the same pace. */
export const TERM_MARGIN_MS = 100;

export type TermParts = {
  readonly store: Pick<SharedStore, 'renew' | 'resign'>;
  readonly known: KnownLeadership;
  readonly timers: Timers;
  readonly elapsed: Clock;
  readonly logger: Logger;
  /** Told of each renewal: whether it got through, and how long its answer took in milliseconds. */
  readonly onRenewal?: ((renewal: { readonly isDone: boolean; readonly tookMs: number }) => void) | undefined;
};

/**
 * A term that was acquired, renewed until it is lost or given up.
 *
 * It is held until its time is over counted from before the last renewal that got through was sent, by a clock that nobody can set: the
 * database counted from later on, so nobody else can have begun by then. Whoever wakes up late finds it over.
 *
 * Source: invariants H2 and H3 in docs/spec/cluster.md.
 */
export class Term {
  readonly number: number;
  /** Resolves with the reason when the term is lost. */
  readonly lost: Promise<Error>;
  readonly #parts: TermParts;
  readonly #lose: (why: Error) => void;
  #heldUntil: number;
  #isOver = false;
  #renewal: CancelTimer = () => {};
  #end: CancelTimer = () => {};

  constructor(parts: TermParts, taken: LeadershipAnswer) {
    this.#parts = parts;
    this.number = taken.leadership.term;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.lost = promise;
    this.#lose = resolve;
    this.#heldUntil = heldUntil(taken);
    this.#armRenewal();
    this.#armEnd();
  }

  /** May be decided under it still? */
  isHeld(): boolean {
    return !this.#isOver && this.#parts.elapsed.now() < this.#heldUntil;
  }

  /** It is of no use any more; the first reason counts. */
  lose(why: Error): void {
    this.stop();
    this.#lose(why);
  }

  /** Renews no longer. */
  stop(): void {
    this.#isOver = true;
    this.#renewal();
    this.#end();
  }

  /** Ends it and lets others begin at once. Errors: those of the store; others begin when its time is over then. */
  async resign(): Promise<void> {
    this.stop();
    const { store, timers } = this.#parts;
    await withinTime(timers, ANSWER_MS_MAX, store.resign(this.number));
  }

  #armRenewal(): void {
    this.#renewal = this.#parts.timers.set(RENEW_EVERY_MS, () => {
      this.#armRenewal();
      void this.#renew();
    });
  }

  async #renew(): Promise<void> {
    const { store, known, elapsed, logger, onRenewal } = this.#parts;
    const startedAt = elapsed.now();
    try {
      const answer = await known.ask(() => store.renew({ term: this.number, forMs: TERM_MS }));
      this.#heldUntil = Math.max(this.#heldUntil, heldUntil(answer));
      onRenewal?.({ isDone: true, tookMs: elapsed.now() - startedAt });
    } catch (error) {
      if (this.#isOver) return;
      onRenewal?.({ isDone: false, tookMs: elapsed.now() - startedAt });
      if (error instanceof StaleTerm || error instanceof WentBack) return this.lose(error);
      logger.warn(
        { err: error, term: this.number },
        'the term could not be renewed; the next renewal is under way',
      );
    }
  }

  #armEnd(): void {
    const { timers, elapsed } = this.#parts;
    this.#end = timers.set(this.#heldUntil - elapsed.now(), () => {
      if (this.isHeld()) return this.#armEnd();
      this.lose(new StaleTerm(`Term ${this.number} could not be renewed in time.`));
    });
  }
}

function heldUntil({ leadership, sentAt }: LeadershipAnswer): number {
  return sentAt + Math.min(TERM_MS, leadership.remainingMs) - TERM_MARGIN_MS;
}
