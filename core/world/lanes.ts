import { compileFilter } from '../filter/filter.ts';
import type { Filter } from '../filter/filter.ts';
import { selectorKey } from '../filter/selector.ts';
import type { Selector } from '../model/lease.ts';
import type { Resource } from '../model/resource.ts';
import type { WaitingLine, WaitingLines } from './order.ts';
import { compareText, SortedList } from './sorted-list.ts';

/** Lanes without waiters that a pool keeps for the next request of the same kind. */
const IDLE_LANES_MAX = 512;

/** A label value that fewer than one in so many members have is looked up; for another one all free members are walked. */
const RARE_SHARE = 16;

/** The pool's free resources in the order they are given: the longest free one first, so that use is spread. */
export function compareFree(a: Resource, b: Resource): number {
  return a.since - b.since || compareText(a.id, b.id);
}

/**
 * Everything about one kind of request to one pool: the free resources that fit it, and who waits for them.
 * Ten thousand equal waiters share a lane, so a resource that comes free costs one look.
 */
export type Lane = {
  readonly key: string;
  readonly selector: Selector;
  readonly filter: Filter | null;
  /** The label under which the lane is found from a resource; null where none is asked for. */
  readonly anchor: string | null;
  readonly free: SortedList<Resource>;
  readonly waiting: WaitingLine;
};

type Tally = { count: number };

/** Is the resource one that a request may be given? */
export function isOnOffer(resource: Resource): boolean {
  const { status, leaseId, hold, isActive } = resource;
  return status === 'free' && leaseId === null && hold === null && isActive !== false;
}

/** The lanes of one pool, found by selector or from a resource. A cache of the resources: never stored. */
export class Lanes {
  readonly #byKey = new Map<string, Lane>();
  /** Lanes by the label and value that they are found under. */
  readonly #byAnchor = new Map<string, Map<string, Set<Lane>>>();
  /** Lanes that ask for no label, but have a filter. */
  readonly #unanchored = new Set<Lane>();
  readonly #everything: Lane;
  readonly #lines: WaitingLines;
  /** How many members have a label with a value. */
  readonly #counts = new Map<string, Map<string, Tally>>();
  /** Members by label and value, for labels of which a rare value was asked for: those that a new lane has to look at. */
  readonly #index = new Map<string, Map<string, Set<string>>>();
  readonly #resourceOf: (id: string) => Resource | undefined;
  readonly #memberIds: Iterable<string>;

  constructor(input: {
    lines: WaitingLines;
    resourceOf: (id: string) => Resource | undefined;
    memberIds: Iterable<string>;
  }) {
    this.#lines = input.lines;
    this.#resourceOf = input.resourceOf;
    this.#memberIds = input.memberIds;
    this.#everything = this.#create({ match: {}, filter: null });
  }

  /** All free resources of the pool. */
  get everything(): Lane {
    return this.#everything;
  }

  /** Every lane, also the idle ones. */
  all(): Iterable<Lane> {
    return this.#byKey.values();
  }

  /** The lane of a selector. The first request of a kind looks at the free resources with its rarest label once. */
  require(selector: Selector): Lane {
    const key = selectorKey(selector);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      if (known !== this.#everything) {
        // Moves it to the end, so that the lane that is dropped is the one that was not asked for the longest.
        this.#byKey.delete(key);
        this.#byKey.set(key, known);
      }
      return known;
    }
    this.#dropIdle();
    const lane = this.#create(selector);
    for (const resource of this.#candidates(lane)) if (fits(lane, resource)) lane.free.add(resource);
    return lane;
  }

  /** Keeps the lanes true when a resource of the pool changes, comes (no `before`) or goes (no `after`). */
  update(before: Resource | undefined, after: Resource | undefined): void {
    if (before?.labels !== after?.labels) this.#reindexLabels(before, after);
    if (before !== undefined && isOnOffer(before)) {
      for (const lane of this.fitting(before)) lane.free.remove(before);
    }
    if (after !== undefined && isOnOffer(after)) {
      for (const lane of this.fitting(after)) lane.free.add(after);
    }
  }

  /** The lanes whose requests the resource satisfies. */
  fitting(resource: Resource): Lane[] {
    const lanes = [this.#everything];
    for (const lane of this.#unanchored) if (fits(lane, resource)) lanes.push(lane);
    for (const label in resource.labels) {
      const anchored = this.#byAnchor.get(label)?.get(resource.labels[label] as string);
      if (anchored === undefined) continue;
      for (const lane of anchored) if (fits(lane, resource)) lanes.push(lane);
    }
    return lanes;
  }

  #create(selector: Selector): Lane {
    const labels = Object.keys(selector.match);
    const frequency = (label: string): number => this.#frequency(label, selector.match[label] as string);
    const rarest = labels.toSorted((a, b) => frequency(a) - frequency(b))[0];
    const lane: Lane = {
      key: selectorKey(selector),
      selector,
      filter: selector.filter === null ? null : compileFilter(selector.filter),
      anchor: rarest ?? null,
      free: new SortedList(compareFree),
      waiting: this.#lines.create(),
    };
    this.#byKey.set(lane.key, lane);
    if (lane.anchor === null) {
      if (lane.filter !== null) this.#unanchored.add(lane);
      return lane;
    }
    const byValue = this.#byAnchor.get(lane.anchor) ?? new Map<string, Set<Lane>>();
    this.#byAnchor.set(lane.anchor, byValue);
    const value = selector.match[lane.anchor] as string;
    const lanes = byValue.get(value);
    if (lanes === undefined) byValue.set(value, new Set([lane]));
    else lanes.add(lane);
    return lane;
  }

  /** In the order of the lane where most of the free resources are looked at, so that the lane is filled at its end. */
  #candidates(lane: Lane): Iterable<Resource> {
    const { free } = this.#everything;
    if (lane.anchor === null) return free;
    const value = lane.selector.match[lane.anchor] as string;
    const frequency = this.#frequency(lane.anchor, value);
    if (frequency * RARE_SHARE > free.size) return free;
    const found: Resource[] = [];
    if (frequency === 0) return found;
    for (const id of this.#idsByValue(lane.anchor).get(value) ?? []) {
      const resource = this.#resourceOf(id);
      if (resource !== undefined && isOnOffer(resource)) found.push(resource);
    }
    return found;
  }

  /** How many members have the label with the value. */
  #frequency(label: string, value: string): number {
    return this.#counts.get(label)?.get(value)?.count ?? 0;
  }

  #dropIdle(): void {
    if (this.#byKey.size <= IDLE_LANES_MAX) return;
    for (const lane of this.#byKey.values()) {
      if (lane === this.#everything || lane.waiting.size > 0) continue;
      this.#byKey.delete(lane.key);
      this.#unanchored.delete(lane);
      if (lane.anchor !== null) this.#dropAnchor(lane.anchor, lane);
      return;
    }
  }

  #dropAnchor(label: string, lane: Lane): void {
    const byValue = this.#byAnchor.get(label);
    const value = lane.selector.match[label] as string;
    const lanes = byValue?.get(value);
    lanes?.delete(lane);
    if (lanes?.size === 0) byValue?.delete(value);
    if (byValue?.size === 0) this.#byAnchor.delete(label);
  }

  /** The members by the values of a label; made when somebody first asks for a rare one. */
  #idsByValue(label: string): Map<string, Set<string>> {
    const known = this.#index.get(label);
    if (known !== undefined) return known;
    const index = new Map<string, Set<string>>();
    this.#index.set(label, index);
    for (const id of this.#memberIds) {
      const value = this.#resourceOf(id)?.labels[label];
      if (value !== undefined) addId(index, value, id);
    }
    return index;
  }

  #reindexLabels(before: Resource | undefined, after: Resource | undefined): void {
    for (const label in before?.labels) this.#count(label, before.labels[label] as string, -1);
    for (const label in after?.labels) this.#count(label, after.labels[label] as string, 1);
    for (const [label, index] of this.#index) {
      const [was, is] = [before?.labels[label], after?.labels[label]];
      if (before !== undefined && was !== undefined) removeId(index, was, before.id);
      if (after !== undefined && is !== undefined) addId(index, is, after.id);
    }
  }

  #count(label: string, value: string, by: 1 | -1): void {
    let counts = this.#counts.get(label);
    if (counts === undefined) this.#counts.set(label, (counts = new Map<string, Tally>()));
    const tally = counts.get(value);
    if (tally === undefined) counts.set(value, { count: by });
    else tally.count += by;
    if (tally?.count !== 0) return;
    counts.delete(value);
    if (counts.size > 0) return;
    // Nobody has the label any more, and nobody pays for it.
    this.#counts.delete(label);
    this.#index.delete(label);
  }
}

function addId(index: Map<string, Set<string>>, value: string, id: string): void {
  const ids = index.get(value);
  if (ids === undefined) index.set(value, new Set([id]));
  else ids.add(id);
}

function removeId(index: Map<string, Set<string>>, value: string, id: string): void {
  const ids = index.get(value);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(value);
}

function fits(lane: Lane, resource: Resource): boolean {
  const { match } = lane.selector;
  for (const label in match) if (resource.labels[label] !== match[label]) return false;
  return lane.filter === null || lane.filter(resource);
}
