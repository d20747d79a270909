import type { Timers } from '../timers.ts';

/** Something may have changed: what comes while nobody waits is there for the next who does. */
export class News {
  readonly #timers: Timers;
  #isThere = false;
  #wake: (() => void) | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  come(): void {
    this.#isThere = true;
    this.#wake?.();
  }

  /** Resolves when news came since the last time, or after `ms` milliseconds. */
  async wait(ms: number): Promise<void> {
    if (!this.#isThere) {
      await new Promise<void>((resolve) => {
        const cancel = this.#timers.set(ms, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#isThere = false;
  }
}
