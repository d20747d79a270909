import type { JobKind, JobOutcome, JobTicket } from '@poolkeeper/core';
import type { Random } from '../timers.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { BreakerStatus, Permit } from './circuit-breaker.ts';
import { FillingPause } from './filling-pause.ts';
import type { FillingPermit, FillingStatus } from './filling-pause.ts';
import type { JobLimits } from './limits.ts';

/** Proof that a job was let through, handed back with its outcome. */
export type Admission = { readonly breaker: Permit; readonly filling: FillingPermit | null };

/**
 * Holds jobs back from an account that is not well: all of them while it fails (the breaker), creations alone while it has no
 * room (the pause of filling).
 *
 * A creation that is refused for want of room says that the account answers, so it never opens the breaker.
 */
export class AccountGate {
  readonly #breaker: CircuitBreaker;
  readonly #filling: FillingPause;

  constructor(limits: JobLimits, random: Random) {
    this.#breaker = new CircuitBreaker(limits.breaker, random);
    this.#filling = new FillingPause(limits.filling, random);
  }

  setLimits(limits: JobLimits): void {
    this.#breaker.setLimits(limits.breaker);
    this.#filling.setLimits(limits.filling);
  }

  /** How many milliseconds a job of the kind has to wait: 0 when it may go, infinite while others are being tried. */
  waitMs(kind: JobKind, now: number): number {
    const breakerMs = this.#breaker.waitMs(now);
    return kind === 'create' ? Math.max(breakerMs, this.#filling.waitMs(now)) : breakerMs;
  }

  /** Lets through the job that `waitMs` said may go. */
  begin(kind: JobKind, now: number): Admission {
    return {
      breaker: this.#breaker.begin(),
      filling: kind === 'create' ? this.#filling.begin(now) : null,
    };
  }

  end(admission: Admission, ticket: JobTicket, ended: { outcome: JobOutcome; now: number }): void {
    const { outcome, now } = ended;
    const isOutOfRoom = isExhausted(outcome) && admission.filling !== null;
    const isFailure = isTrouble(outcome) && !isOutOfRoom;
    this.#breaker.end(admission.breaker, isFailure ? 'failure' : 'success', now);
    if (admission.filling !== null) {
      const made = outcome.result === 'created' ? 'made' : 'unknown';
      this.#filling.end(admission.filling, isOutOfRoom ? 'exhausted' : made, now);
    }
    // What was never seen to exist took no place, so its end frees none.
    if (outcome.result === 'gone' && ticket.externalId !== null) this.#filling.noteRoom();
  }

  /** `isFillingWanted`: creations wait. */
  status(
    now: number,
    isFillingWanted: boolean,
  ): { readonly breaker: BreakerStatus; readonly filling: FillingStatus } {
    return { breaker: this.#breaker.status(), filling: this.#filling.status(now, isFillingWanted) };
  }
}

function isExhausted(outcome: JobOutcome): boolean {
  return outcome.result === 'failed' && outcome.reason === 'exhausted';
}

/** Does it speak against the account? An action that failed and may be tried again does; what was refused was answered. */
function isTrouble(outcome: JobOutcome): boolean {
  if (outcome.result === 'stepped') return !outcome.step.isPassed && outcome.step.mayRetry;
  return outcome.result === 'failed' && outcome.reason !== 'refused' && outcome.reason !== 'missing';
}
