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

/** How many resources of the pool a holder holds; what `fair` compares. What is set aside for it is not held yet. */
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
};

/** The lines of one pool, which share its order. */
export type WaitingLines = {
  create(): WaitingLine;
  /** Changes a holder's share: its waiters step out of every line and come back in at their new places. */
  changeShare(holder: string, change: () => void): void;
};

export function createWaitingLines(order: QueueOrder, shareOf: ShareOf): WaitingLines {
  return order === 'fair'
    ? new FairLines(shareOf)
    : new StaticLines(order === 'fifo' ? byArrival : byPriority);
}

/** Arrival and priority never change while somebody waits. */
class StaticLines implements WaitingLines {
  readonly #compare: Compare;

  constructor(compare: Compare) {
    this.#compare = compare;
  }

  create(): WaitingLine {
    return new StaticLine(this.#compare);
  }

  changeShare(_holder: string, change: () => void): void {
    change();
  }
}

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
}

/** Knows the lines that each holder waits in. */
class FairLines implements WaitingLines {
  readonly #shareOf: ShareOf;
  readonly #linesOf = new Map<string, Set<FairLine>>();

  constructor(shareOf: ShareOf) {
    this.#shareOf = shareOf;
  }

  create(): WaitingLine {
    return new FairLine(this.#shareOf, this.#linesOf);
  }

  changeShare(holder: string, change: () => void): void {
    const lines = [...(this.#linesOf.get(holder) ?? [])];
    const putBacks = lines.map((line) => line.takeOut(holder));
    change();
    for (const putBack of putBacks) putBack();
  }
}

type Group = { readonly holder: string; readonly list: SortedList<Waiting> };

/** Least share first, then arrival: holders in order of their share, each with its own waiters in order of arrival. */
class FairLine implements WaitingLine {
  readonly #groups: SortedList<Group>;
  readonly #byHolder = new Map<string, Group>();
  readonly #linesOf: Map<string, Set<FairLine>>;
  #size = 0;

  constructor(shareOf: ShareOf, linesOf: Map<string, Set<FairLine>>) {
    this.#linesOf = linesOf;
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

  /** Takes the waiters of a holder out; what it answers puts them in again. */
  takeOut(holder: string): () => void {
    const group = this.#byHolder.get(holder);
    if (group === undefined) return () => undefined;
    this.#groups.remove(group);
    return () => this.#groups.add(group);
  }

  #change(holder: string, change: (group: Group) => void): void {
    const group = this.#byHolder.get(holder) ?? { holder, list: new SortedList(byArrival) };
    if (group.list.size > 0) this.#groups.remove(group);
    change(group);
    if (group.list.size > 0) {
      this.#groups.add(group);
      this.#byHolder.set(holder, group);
      this.#enter(holder);
    } else {
      this.#byHolder.delete(holder);
      this.#leave(holder);
    }
  }

  #enter(holder: string): void {
    const lines = this.#linesOf.get(holder);
    if (lines === undefined) this.#linesOf.set(holder, new Set([this]));
    else lines.add(this);
  }

  #leave(holder: string): void {
    const lines = this.#linesOf.get(holder);
    lines?.delete(this);
    if (lines?.size === 0) this.#linesOf.delete(holder);
  }
}
