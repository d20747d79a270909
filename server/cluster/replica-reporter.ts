import type { Logger } from '../logger.ts';
import type { ReplicaReport, SharedStore } from '../store/shared-contract.ts';
import type { CancelTimer, Timers } from '../timers.ts';
import { ANSWER_MS_MAX } from './known-leadership.ts';
import { withinTime } from './within-time.ts';

/** How often a replica tells the others how it is, in milliseconds. */
const REPORT_EVERY_MS = 2_000;
/** How far a machine's clock may be off before somebody should look at it, in milliseconds. */
const SKEW_MS_MAX = 1_000;

export type ReplicaReporterParts = {
  readonly store: Pick<SharedStore, 'reportReplica'>;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly report: () => ReplicaReport;
};

/** Tells the others how a replica is, for people to see; nothing is decided by it. */
export class ReplicaReporter {
  readonly #parts: ReplicaReporterParts;
  #cancel: CancelTimer = () => {};
  #isSkewed = false;
  #isStopped = false;

  constructor(parts: ReplicaReporterParts) {
    this.#parts = parts;
  }

  start(): void {
    void this.#tell();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #tell(): Promise<void> {
    const { store, timers, logger, report } = this.#parts;
    const said = report();
    this.#noteSkew(said.skewMs);
    await withinTime(timers, ANSWER_MS_MAX, store.reportReplica(said)).catch((error: unknown) =>
      logger.debug({ err: error }, 'this replica could not tell the others how it is'),
    );
    if (!this.#isStopped) this.#cancel = timers.set(REPORT_EVERY_MS, () => void this.#tell());
  }

  #noteSkew(skewMs: number): void {
    const isSkewed = Math.abs(skewMs) > SKEW_MS_MAX;
    if (isSkewed && !this.#isSkewed)
      this.#parts.logger.warn(
        { skewMs },
        "this machine's clock is not the database's; decisions go by the database's, but look at the time service of this machine",
      );
    this.#isSkewed = isSkewed;
  }
}
