import type { VirtualTime } from '../../server/virtual-time.ts';
import type { CancelTimer, Timers } from '../../server/timers.ts';
import { MortalTimers } from '../sim-clock.ts';

/** The timers of a process that can be halted in the middle of everything: what fell due meanwhile fires when it goes on, in order. */
export class OwnTimers implements Timers {
  readonly #timers: MortalTimers;
  #late: (() => void)[] | undefined;

  constructor(time: VirtualTime) {
    this.#timers = new MortalTimers(time);
  }

  get isPaused(): boolean {
    return this.#late !== undefined;
  }

  set(delayMs: number, callback: () => void): CancelTimer {
    let isCancelled = false;
    const fire = (): void => {
      if (isCancelled) return;
      if (this.#late === undefined) callback();
      else this.#late.push(fire);
    };
    const cancel = this.#timers.set(delayMs, fire);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  pause(): void {
    this.#late ??= [];
  }

  resume(): void {
    const late = this.#late ?? [];
    this.#late = undefined;
    for (const fire of late) this.#timers.set(0, fire);
  }

  kill(): void {
    this.#late = undefined;
    this.#timers.kill();
  }
}
