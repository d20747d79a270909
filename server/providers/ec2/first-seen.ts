import type { Clock } from '../../timers.ts';

/** How many are remembered; of more the first one is forgotten. */
const ENTRIES_MAX = 10_000;

/** Since when something has been so, by id. */
export class FirstSeen {
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(id: string): void {
    if (!this.#since.has(id)) this.#since.set(id, this.#clock.now());
    const [first] = this.#since.keys();
    if (this.#since.size > ENTRIES_MAX && first !== undefined) this.#since.delete(first);
  }

  forget(id: string): void {
    this.#since.delete(id);
  }

  /** Has it been so, and for less than that? Milliseconds. */
  isRecent(id: string, durationMs: number): boolean {
    const since = this.#since.get(id);
    return since !== undefined && this.#clock.now() - since < durationMs;
  }
}
