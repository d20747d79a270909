import type { Resource } from '../model/resource.ts';
import { compareText, SortedList } from './sorted-list.ts';

/**
 * Ids of members that a pool may give up, by the revision of the template that made them; ids rise with time.
 *
 * Another revision makes all of the others outdated without a look at any of them.
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

  /** How many were made from another template than that of this revision. */
  countOutdated(revision: number): number {
    return this.#size - (this.#byRevision.get(revision)?.size ?? 0);
  }

  /** Those that were made from another template than that of this revision, by revision, and its oldest members first. */
  *outdated(revision: number): Generator<string, void, undefined> {
    for (const made of this.#revisions()) {
      if (made !== revision) yield* this.#byRevision.get(made) ?? [];
    }
  }

  /** All: what another template made first, as it is to go anyway; then the newest or the oldest. */
  *inOrder(revision: number, first: 'newest' | 'oldest'): Generator<string, void, undefined> {
    yield* this.outdated(revision);
    const current = this.#byRevision.get(revision);
    if (current !== undefined) yield* first === 'newest' ? current.backwards() : current;
  }

  #revisions(): number[] {
    return [...this.#byRevision.keys()].toSorted((a, b) => a - b);
  }
}
