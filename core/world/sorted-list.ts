/** Elements a chunk may hold before it is split: small enough that moving them costs less than a cache miss or two. */
const CHUNK_SIZE_MAX = 512;

/**
 * A sorted list of distinct elements: the one ordered structure of the world. It is a priority queue (free resources,
 * deadlines), a queue that knows places (waiting leases) and a listing that pages (ids).
 *
 * Shape: chunks of bounded size, found by binary search. Add, remove, rank and seek cost O(log n) comparisons and the
 * moving of one bounded chunk. Elements are immutable; the order hangs on nothing but them, so a world that was loaded
 * from the store decides exactly as the one that wrote it.
 */
export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  #chunks: T[][] = [];
  #size = 0;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  first(): T | undefined {
    return this.#chunks[0]?.[0];
  }

  last(): T | undefined {
    return this.#chunks.at(-1)?.at(-1);
  }

  /** The element with so many before it. */
  at(rank: number): T | undefined {
    let before = 0;
    for (const chunk of this.#chunks) {
      if (rank < before + chunk.length) return chunk[rank - before];
      before += chunk.length;
    }
    return undefined;
  }

  has(element: T): boolean {
    const chunk = this.#chunks[this.#chunkFor(element)];
    if (chunk === undefined) return false;
    const found = chunk[this.#lowerBound(chunk, element)];
    return found !== undefined && this.#compare(found, element) === 0;
  }

  /** Adds an element; one that compares equal is replaced. */
  add(element: T): void {
    const index = Math.min(this.#chunkFor(element), Math.max(0, this.#chunks.length - 1));
    const chunk = this.#chunks[index];
    if (chunk === undefined) {
      this.#chunks.push([element]);
      this.#size = 1;
      return;
    }
    const at = this.#lowerBound(chunk, element);
    const found = chunk[at];
    if (found !== undefined && this.#compare(found, element) === 0) {
      chunk[at] = element;
      return;
    }
    if (at === chunk.length) chunk.push(element);
    else chunk.splice(at, 0, element);
    this.#size += 1;
    if (chunk.length > CHUNK_SIZE_MAX) this.#split(index, at === chunk.length - 1);
  }

  /** Removes the element that compares equal. Answers whether there was one. */
  remove(element: T): boolean {
    const index = this.#chunkFor(element);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return false;
    const at = this.#lowerBound(chunk, element);
    const found = chunk[at];
    if (found === undefined || this.#compare(found, element) !== 0) return false;
    if (at === 0) chunk.shift();
    else if (at === chunk.length - 1) chunk.pop();
    else chunk.splice(at, 1);
    if (chunk.length === 0) this.#chunks.splice(index, 1);
    this.#size -= 1;
    return true;
  }

  /** How many elements come before this one, which need not be in the list. */
  rank(element: T): number {
    const index = this.#chunkFor(element);
    let before = 0;
    for (let i = 0; i < index && i < this.#chunks.length; i += 1) before += (this.#chunks[i] as T[]).length;
    const chunk = this.#chunks[index];
    return chunk === undefined ? before : before + this.#lowerBound(chunk, element);
  }

  /** The elements after the given one (all, without one), in order. The list must not change while it is walked. */
  *after(element?: T): Generator<T, void, undefined> {
    let index = element === undefined ? 0 : this.#chunkFor(element);
    let at = 0;
    if (element !== undefined) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) return;
      at = this.#lowerBound(chunk, element);
      const found = chunk[at];
      if (found !== undefined && this.#compare(found, element) === 0) at += 1;
    }
    for (; index < this.#chunks.length; index += 1, at = 0) {
      const chunk = this.#chunks[index] as T[];
      for (; at < chunk.length; at += 1) yield chunk[at] as T;
    }
  }

  /** The elements in descending order. The list must not change while it is walked. */
  *backwards(): Generator<T, void, undefined> {
    for (let index = this.#chunks.length - 1; index >= 0; index -= 1) {
      const chunk = this.#chunks[index] as T[];
      for (let at = chunk.length - 1; at >= 0; at -= 1) yield chunk[at] as T;
    }
  }

  [Symbol.iterator](): Generator<T, void, undefined> {
    return this.after();
  }

  /** A chunk that grew at its end is left full, so that a list filled in order stays dense. */
  #split(index: number, grewAtEnd: boolean): void {
    const chunk = this.#chunks[index] as T[];
    const keep = grewAtEnd ? CHUNK_SIZE_MAX : CHUNK_SIZE_MAX >> 1;
    this.#chunks.splice(index + 1, 0, chunk.splice(keep));
  }

  /** The first chunk whose last element is not before the given one; the number of chunks when there is none. */
  #chunkFor(element: T): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const chunk = this.#chunks[middle] as T[];
      if (this.#compare(chunk[chunk.length - 1] as T, element) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #lowerBound(chunk: readonly T[], element: T): number {
    let low = 0;
    let high = chunk.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(chunk[middle] as T, element) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Orders strings by code unit: the order of ids everywhere, also in the store. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
