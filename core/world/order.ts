import type { QueueOrder } from '../model/pool.ts';
import { compareText, SortedList } from './sorted-list.ts';

/** A lease's item that waits in one lane of a pool. */
export type Waiting = {
  readonly lease: string;
  readonly item: number;
  readonly holder: string;
  readonly priority: number;
  readonly seq: number;
};

type Compare = (a: Waiting, b: Waiting) => number;

const byArrival: Compare = (a, b) => a.seq - b.seq || a.item - b.item;
const byPriority: Compare = (a, b) => b.priority - a.priority || byArrival(a, b);

/** How many resources of the pool a holder has now; what `fair` compares. */
export type ShareOf = (holder: string) => number;

/** Who of two comes first in a pool's queue: negative is the first. */
export function compareWaiting(order: QueueOrder, shareOf: ShareOf): Compare {
  if (order === 'fifo') return byArrival;
  if (order === 'priority') return byPriority;
  return (a, b) => shareOf(a.holder) - shareOf(b.holder) || byArrival(a, b);
}

/** Those who wait for the same: one look at the first answers for all. */
export type WaitingLine = {
  readonly size: number;
  add(waiting: Waiting): void;
  remove(waiting: Waiting): void;
  first(): Waiting | undefined;
  /** Takes a holder's waiters out while its share changes and puts them back; without effect where shares do not count. */
  reorder(holder: string, change: () => void): void;
};

/** The line of a pool's order. */
export function createWaitingLine(order: QueueOrder, shareOf: ShareOf): WaitingLine {
  return order === 'fair' ? new FairLine(shareOf) : new StaticLine(order === 'fifo' ? byArrival : byPriority);
}

/** Arrival and priority never change while somebody waits. */
class StaticLine implements WaitingLine {
  readonly #list: SortedList<Waiting>;

  constructor(compare: Compare) {
    this.#list = new SortedList(compare);
  }

  get size(): number {
    return this.#list.size;
  }

  add(waiting: Waiting): void {
    this.#list.add(waiting);
  }

  remove(waiting: Waiting): void {
    this.#list.remove(waiting);
  }

  first(): Waiting | undefined {
    return this.#list.first();
  }

  reorder(_holder: string, change: () => void): void {
    change();
  }
}

type Group = { readonly holder: string; readonly list: SortedList<Waiting> };

/** Least share first, then arrival: holders in order of their share, each with its own waiters in order of arrival. */
class FairLine implements WaitingLine {
  readonly #groups: SortedList<Group>;
  readonly #byHolder = new Map<string, Group>();
  #size = 0;

  constructor(shareOf: ShareOf) {
    this.#groups = new SortedList<Group>(
      (a, b) =>
        shareOf(a.holder) - shareOf(b.holder) ||
        (a.list.first()?.seq ?? 0) - (b.list.first()?.seq ?? 0) ||
        compareText(a.holder, b.holder),
    );
  }

  get size(): number {
    return this.#size;
  }

  add(waiting: Waiting): void {
    this.#change(waiting.holder, (group) => group.list.add(waiting));
    this.#size += 1;
  }

  remove(waiting: Waiting): void {
    this.#change(waiting.holder, (group) => {
      if (group.list.remove(waiting)) this.#size -= 1;
    });
  }

  first(): Waiting | undefined {
    return this.#groups.first()?.list.first();
  }

  reorder(holder: string, change: () => void): void {
    const group = this.#byHolder.get(holder);
    if (group !== undefined) this.#groups.remove(group);
    change();
    if (group !== undefined) this.#groups.add(group);
  }

  #change(holder: string, change: (group: Group) => void): void {
    const group = this.#byHolder.get(holder) ?? { holder, list: new SortedList(byArrival) };
    if (group.list.size > 0) this.#groups.remove(group);
    change(group);
    if (group.list.size > 0) {
      this.#groups.add(group);
      this.#byHolder.set(holder, group);
    } else {
      this.#byHolder.delete(holder);
    }
  }
}
