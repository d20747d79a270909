import type { Waiter } from '../model/stage.ts';
import { SortedList } from './sorted-list.ts';

/** Who waits for members of one pool at one stage, in order of arrival. */
export class StageLine {
  readonly #byArrival = new SortedList<Waiter>((a, b) => a.seq - b.seq);
  readonly #byAskBy = new SortedList<Waiter>((a, b) => a.askBy - b.askBy || a.seq - b.seq);

  get size(): number {
    return this.#byArrival.size;
  }

  add(waiter: Waiter): void {
    this.#byArrival.add(waiter);
    this.#byAskBy.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.#byArrival.remove(waiter);
    this.#byAskBy.remove(waiter);
  }

  /**
   * Whose turn it is: 1 is the first. `before` is the waiter whose place is asked for; null is somebody who comes now.
   *
   * Shape: those who did not ask again in time are passed over, and keep their places for when they do. They are few, and looked at one
   * by one; nobody else is.
   */
  rank(before: Waiter | null, now: number): number {
    let ahead = before === null ? this.#byArrival.size : this.#byArrival.rank(before);
    for (const silent of this.#byAskBy) {
      if (silent.askBy >= now) break;
      if (before === null || silent.seq < before.seq) ahead -= 1;
    }
    return ahead + 1;
  }

  [Symbol.iterator](): Iterator<Waiter> {
    return this.#byArrival[Symbol.iterator]();
  }
}
