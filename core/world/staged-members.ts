import type { Resource } from '../model/resource.ts';
import type { Waiter } from '../model/stage.ts';
import { isAcquirable, isHeldByStage, stageAt, stageOf } from '../stage/stage-of.ts';
import { compareText, SortedList } from './sorted-list.ts';
import { StageLine } from './stage-line.ts';

/** Who came to its stage first, or was silent the longest, is the first; then by name. */
function compareStaged(a: Resource, b: Resource): number {
  return stageAt(a) - stageAt(b) || compareText(a.name, b.name);
}

/** How many members stand at a stage, and how many of them somebody has. */
export type StageCount = { readonly members: number; readonly held: number };

/** What is derived about a pool whose members are handed over by stage; other pools have none of it. Never stored. */
export class StagedMembers {
  /** Members that a client may take, and those that one took, by stage. */
  readonly #acquirable = new Map<string, SortedList<Resource>>();
  readonly #held = new Map<string, SortedList<Resource>>();
  readonly #counts = new Map<string, number>();
  readonly #lines = new Map<string, StageLine>();
  /** How many wait, at whatever stage. */
  waitingCount = 0;

  /** Keeps the lists true when a member changes, comes (no `before`) or goes (no `after`). */
  update(before: Resource | undefined, after: Resource | undefined): void {
    if (before !== undefined) this.#leave(before);
    if (after !== undefined) this.#enter(after);
  }

  /** Members at the stage that nobody has and anybody may take, the first in turn first. */
  acquirable(stage: string): SortedList<Resource> | undefined {
    return this.#acquirable.get(stage);
  }

  /** The same at every stage, stage by stage in order of their names: a world that was loaded goes through them as this one. */
  *allAcquirable(): Generator<Resource, void, undefined> {
    const stages = [...this.#acquirable.keys()].toSorted(compareText);
    for (const stage of stages) yield* this.#acquirable.get(stage) ?? [];
  }

  /** Members that were taken by stage and are at this one, the longest silent first. */
  held(stage: string): SortedList<Resource> | undefined {
    return this.#held.get(stage);
  }

  /** How many members are at the stage, whoever has them. */
  count(stage: string): number {
    return this.#counts.get(stage) ?? 0;
  }

  /** Every stage that a member is at, in order of its name. */
  counts(): ReadonlyMap<string, StageCount> {
    const stages = [...this.#counts].toSorted(([a], [b]) => compareText(a, b));
    return new Map(
      stages.map(([stage, members]) => [stage, { members, held: this.#held.get(stage)?.size ?? 0 }]),
    );
  }

  /** Is any member held by stage, or left standing? */
  get isInUse(): boolean {
    return this.#held.size > 0 || [...this.#acquirable.keys()].some((stage) => this.#hasStanding(stage));
  }

  changeWaiter(before: Waiter | undefined, after: Waiter | undefined): void {
    this.waitingCount += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    if (before !== undefined) {
      const line = this.#lines.get(before.stage);
      line?.remove(before);
      if (line?.size === 0) this.#lines.delete(before.stage);
    }
    if (after !== undefined) {
      const line = this.#lines.get(after.stage) ?? new StageLine();
      line.add(after);
      this.#lines.set(after.stage, line);
    }
  }

  line(stage: string): StageLine | undefined {
    return this.#lines.get(stage);
  }

  /** Who waits at any stage of the pool, stage by stage in order of their names. */
  *waiters(): Generator<Waiter, void, undefined> {
    const stages = [...this.#lines.keys()].toSorted(compareText);
    for (const stage of stages) yield* this.#lines.get(stage) ?? [];
  }

  #hasStanding(stage: string): boolean {
    return this.#acquirable.get(stage)?.first()?.status === 'cleaning';
  }

  #enter(resource: Resource): void {
    const stage = stageOf(resource);
    this.#counts.set(stage, (this.#counts.get(stage) ?? 0) + 1);
    const lists = this.#listsOf(resource);
    if (lists === undefined) return;
    const list = lists.get(stage) ?? new SortedList<Resource>(compareStaged);
    list.add(resource);
    lists.set(stage, list);
  }

  #leave(resource: Resource): void {
    const stage = stageOf(resource);
    const count = (this.#counts.get(stage) ?? 0) - 1;
    if (count === 0) this.#counts.delete(stage);
    else this.#counts.set(stage, count);
    const lists = this.#listsOf(resource);
    const list = lists?.get(stage);
    list?.remove(resource);
    if (list?.size === 0) lists?.delete(stage);
  }

  #listsOf(resource: Resource): Map<string, SortedList<Resource>> | undefined {
    if (isHeldByStage(resource)) return this.#held;
    return isAcquirable(resource) ? this.#acquirable : undefined;
  }
}
