import type { Resource } from '../model/resource.ts';
import { compareText, SortedList } from './sorted-list.ts';

/**
 * Ids of members that a pool may give up, by the revision of the template that made them; ids rise with time.
 *
 * A new revision makes all of the earlier ones outdated without a look at any of them.
 */
export class EvictableMembers {
  readonly #byRevision = new Map<number, SortedList<string>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add({ id, templateRevision }: Resource): void {
    let ids = this.#byRevision.get(templateRevision);
    if (ids === undefined) {
      ids = new SortedList<string>(compareText);
      this.#byRevision.set(templateRevision, ids);
    }
    ids.add(id);
    this.#size += 1;
  }

  remove({ id, templateRevision }: Resource): void {
    const ids = this.#byRevision.get(templateRevision);
    ids?.remove(id);
    if (ids?.size === 0) this.#byRevision.delete(templateRevision);
    this.#size -= 1;
  }

  /** How many were made from a template before this revision. */
  countBefore(revision: number): number {
    let count = 0;
    for (const [made, ids] of this.#byRevision) if (made < revision) count += ids.size;
    return count;
  }

  /** Those that were made from a template before this revision, the oldest revision first, and its oldest members first. */
  *before(revision: number): Generator<string, void, undefined> {
    for (const made of this.#revisions()) {
      if (made < revision) yield* this.#byRevision.get(made) ?? [];
    }
  }

  /** All: what an older template made first, as it is to go anyway; then the newest or the oldest. */
  *inOrder(revision: number, first: 'newest' | 'oldest'): Generator<string, void, undefined> {
    for (const made of this.#revisions()) {
      const ids = this.#byRevision.get(made);
      if (ids === undefined) continue;
      if (made >= revision && first === 'newest') yield* ids.backwards();
      else yield* ids;
    }
  }

  #revisions(): number[] {
    return [...this.#byRevision.keys()].toSorted((a, b) => a - b);
  }
}
