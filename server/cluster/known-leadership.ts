import { WentBack } from '../store/shared-contract.ts';
import type { Halt, Leadership } from '../store/shared-contract.ts';
import type { Clock, Timers } from '../timers.ts';
import type { DatabaseClock } from './database-clock.ts';
import { withinTime } from './within-time.ts';

/** How long one question about the leadership may take, in milliseconds. */
export const ANSWER_MS_MAX = 2_000;

/** An answer, and when it was asked for by the own clock that counts what has passed. */
export type LeadershipAnswer = { readonly leadership: Leadership; readonly sentAt: number };

type Mark = Halt['seen'];

/** A database that knows less than it did, with what it knew and what it has. */
export class KnownToHaveGoneBack extends WentBack {
  readonly seen: Mark;
  readonly found: Mark;

  constructor({ seen, found }: { readonly seen: Mark; readonly found: Mark }) {
    super(
      `The database is at batch ${found.batch} of term ${found.term}; it was at batch ${seen.batch} of term ${seen.term} before.`,
    );
    this.seen = seen;
    this.found = found;
  }
}

/** What answers of the database said about the leadership: whose it is, what time it is, and whether anything is missing. */
export class KnownLeadership {
  readonly #timers: Timers;
  readonly #elapsed: Clock;
  readonly #clock: DatabaseClock;
  #seen: Mark = { term: 0, batch: 0 };
  #questions = 0;
  #latest: { readonly question: number; readonly leadership: Leadership } | undefined;

  constructor(parts: { readonly timers: Timers; readonly elapsed: Clock; readonly clock: DatabaseClock }) {
    this.#timers = parts.timers;
    this.#elapsed = parts.elapsed;
    this.#clock = parts.clock;
  }

  /** The answer to the last question that has one. */
  get latest(): Leadership | undefined {
    return this.#latest?.leadership;
  }

  /** The highest term and batch that were ever answered. */
  get seen(): Mark {
    return this.#seen;
  }

  /**
   * Asks the database. Answers may overtake each other: each is held against what was known when it was asked for.
   *
   * Errors: those of the question; `StoreFailure` when it takes too long; `KnownToHaveGoneBack`.
   */
  async ask(question: () => Promise<Leadership>): Promise<LeadershipAnswer> {
    const number = (this.#questions += 1);
    const before = this.#seen;
    const sentAt = this.#elapsed.now();
    const leadership = await withinTime(this.#timers, ANSWER_MS_MAX, question());
    this.#clock.learn({ now: leadership.now, sentAt, answeredAt: this.#elapsed.now() });
    if (number > (this.#latest?.question ?? 0)) this.#latest = { question: number, leadership };
    const { term, batch, halt } = leadership;
    if (halt === null && (term < before.term || batch < before.batch))
      throw new KnownToHaveGoneBack({ seen: before, found: { term, batch } });
    this.#seen = { term: Math.max(this.#seen.term, term), batch: Math.max(this.#seen.batch, batch) };
    return { leadership, sentAt };
  }

  /** A batch was read that no answer about the leadership told of yet. */
  saw(batch: number): void {
    this.#seen = { ...this.#seen, batch: Math.max(this.#seen.batch, batch) };
  }

  /** A person has said that what is missing is lost: what is there now is all there is. */
  forget(): void {
    this.#seen = { term: 0, batch: 0 };
  }
}
