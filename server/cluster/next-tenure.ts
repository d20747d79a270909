import type { Logger } from '../logger.ts';
import type { Timers } from '../timers.ts';
import type { Tenure } from './contract.ts';
import { withinTime } from './within-time.ts';

/** How long the next tenure waits for the end of the last one, in milliseconds: what that still does outside is told to end. */
const END_MS_MAX = 10_000;

export type NextTenureParts = {
  readonly openTenure: () => Promise<Tenure>;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Called when a tenure is ready. */
  readonly onReady: () => void;
};

/** The tenure that this replica would begin: wired in advance, so that taking over costs no more than its beginning. */
export class NextTenure implements AsyncDisposable {
  readonly #parts: NextTenureParts;
  #ready: Tenure | undefined;
  #isOpening = false;
  #isDisposed = false;
  /** Resolves when the last tenure has ended, or had its time to. */
  #ended: Promise<void> = Promise.resolve();
  #opened: Promise<void> = Promise.resolve();

  constructor(parts: NextTenureParts) {
    this.#parts = parts;
  }

  get isReady(): boolean {
    return this.#ready !== undefined;
  }

  /** Has one wired, unless that is done or under way. One that cannot be is tried again with the next call. */
  prepare(): void {
    if (this.#ready !== undefined || this.#isOpening || this.#isDisposed) return;
    this.#isOpening = true;
    this.#opened = this.#open().finally(() => {
      this.#isOpening = false;
    });
  }

  take(): Tenure | undefined {
    const tenure = this.#ready;
    this.#ready = undefined;
    return tenure;
  }

  /** Ends a tenure that was taken. The next is not wired before; who follows does not wait. */
  end(tenure: Tenure): void {
    const { timers, logger } = this.#parts;
    // A dispose may throw at once.
    const disposed = Promise.resolve().then(() => tenure[Symbol.asyncDispose]());
    this.#ended = withinTime(timers, END_MS_MAX, disposed).catch((error: unknown) =>
      logger.error({ err: error }, 'a tenure did not end as it should; this replica goes on without it'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.#opened;
    const tenure = this.take();
    if (tenure !== undefined) this.end(tenure);
    await this.#ended;
  }

  async #open(): Promise<void> {
    const { openTenure, logger, onReady } = this.#parts;
    await this.#ended;
    try {
      this.#ready = await openTenure();
      onReady();
    } catch (error) {
      logger.error(
        { err: error },
        'this replica could not prepare to keep the world; it follows, and tries again',
      );
    }
  }
}
