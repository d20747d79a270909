import { WentBack } from '../store/shared-contract.ts';
import type { Halt, Leadership, SharedStore } from '../store/shared-contract.ts';
import type { Clock, Timers } from '../timers.ts';
import type { DatabaseClock } from './database-clock.ts';
import { withinTime } from './within-time.ts';

/** How long one question about the leadership may take, in milliseconds. */
export const ANSWER_MS_MAX = 2_000;

/** An answer, and when it was asked for by the own clock that counts what has passed. */
export type LeadershipAnswer = { readonly leadership: Leadership; readonly sentAt: number };

type Mark = Halt['seen'];
const NOTHING: Mark = { term: 0, batch: 0 };
/** A batch that was there under a term or one before it, and whose that term is. */
type Told = Mark & { readonly keeper: string | undefined };

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
  readonly #store: Pick<SharedStore, 'lastBatchOf'>;
  readonly #timers: Timers;
  readonly #elapsed: Clock;
  readonly #clock: DatabaseClock;
  #seen: Mark = NOTHING;
  #told: Told = { ...NOTHING, keeper: undefined };
  #questions = 0;
  #latest: { readonly question: number; readonly leadership: Leadership } | undefined;

  constructor(parts: {
    readonly store: Pick<SharedStore, 'lastBatchOf'>;
    readonly timers: Timers;
    readonly elapsed: Clock;
    readonly clock: DatabaseClock;
  }) {
    this.#store = parts.store;
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
    const told = this.#told;
    const sentAt = this.#elapsed.now();
    const leadership = await withinTime(this.#timers, ANSWER_MS_MAX, question());
    this.#clock.learn({ now: leadership.now, sentAt, answeredAt: this.#elapsed.now() });
    if (number > (this.#latest?.question ?? 0)) this.#latest = { question: number, leadership };
    const { term, batch, halt } = leadership;
    if (halt === null && (term < before.term || batch < before.batch))
      throw new KnownToHaveGoneBack({ seen: before, found: { term, batch } });
    if (halt === null) await this.#requireKept(told, leadership);
    this.#told = latest(this.#told, { term, batch, keeper: leadership.keeper?.id });
    this.#seen = { term: Math.max(this.#seen.term, term), batch: Math.max(this.#seen.batch, batch) };
    return { leadership, sentAt };
  }

  /** A batch was read that no answer about the leadership told of yet. */
  saw(batch: number): void {
    this.#seen = { ...this.#seen, batch: Math.max(this.#seen.batch, batch) };
  }

  /** A person has said that what is missing is lost: what is there now is all there is. */
  forget(): void {
    this.#seen = NOTHING;
    this.#told = { ...NOTHING, keeper: undefined };
  }

  /**
   * Others may have written past the numbers of what was lost before anybody looked: then the term itself tells, by whose it is, or by how
   * far it came.
   */
  async #requireKept(told: Told, { term, batch, keeper }: Leadership): Promise<void> {
    if (term === told.term) {
      const isAnothers = keeper !== null && told.keeper !== undefined && keeper.id !== told.keeper;
      if (isAnothers) throw new KnownToHaveGoneBack({ seen: told, found: { term, batch } });
      return;
    }
    if (told.term === 0) return;
    const last = await withinTime(this.#timers, ANSWER_MS_MAX, this.#store.lastBatchOf(told.term));
    if (last !== undefined && last < told.batch)
      throw new KnownToHaveGoneBack({ seen: told, found: { term: told.term, batch: last } });
  }
}

/** Answers may come in any order. A term that was given up does not say any more whose it was. */
function latest(a: Told, b: Told): Told {
  const [older, newer] = a.term <= b.term ? [a, b] : [b, a];
  const keeper = newer.keeper ?? (older.term === newer.term ? older.keeper : undefined);
  return { term: newer.term, batch: Math.max(a.batch, b.batch), keeper };
}
