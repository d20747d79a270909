import { fitsSelector, selectorKey } from '../filter/selector.ts';
import type { LeaseItem, Selector } from '../model/lease.ts';
import { templateTraits } from '../model/pool.ts';
import type { Pool } from '../model/pool.ts';
import { RESOURCE_STATUSES } from '../model/resource.ts';
import type { Resource, ResourceStatus } from '../model/resource.ts';
import { livenessOf } from '../resource/health.ts';
import { isActiveMember, isAllocated, isDisposable } from '../resource/membership.ts';
import { EvictableMembers } from './evictable-members.ts';
import { isOnOffer, Lanes } from './lanes.ts';
import { compareWaiting, createWaitingLines } from './order.ts';
import type { Waiting, WaitingLines } from './order.ts';
import { compareText, SortedList } from './sorted-list.ts';
import { StagedMembers } from './staged-members.ts';

/** What one holder has of a pool. `held`: granted to it; `wished` counts waiting requests as if they were granted in full. */
export type Usage = { held: number; wished: number; leases: number; queued: number };

/** What waiting requests of one kind still want of a pool. `isMakeable`: would a new member satisfy them? */
type Demand = { readonly selector: Selector; wanted: number; isMakeable: boolean };

/** All that is derived about one pool; kept true with every change of a document, never stored. */
export class PoolState {
  pool: Pool;
  readonly counts: Record<ResourceStatus, number>;
  heldCount = 0;
  setAsideCount = 0;
  unhealthyCount = 0;
  /** Members by status that do not count towards the size. */
  readonly inactive: Record<ResourceStatus, number>;
  /** Members that exist or are asked for, and those of them that count. */
  allocatedCount = 0;
  activeCount = 0;
  /** Members that its provider is being asked for. */
  awaitedCount = 0;
  /** Members that could not be made, to be asked for again by the next update. */
  readonly rejected = new SortedList<string>(compareText);
  /** Members that count for nothing and that nobody holds: they go. Kept where the pool sizes itself. */
  disposable = new SortedList<string>(compareText);
  /** Ids of the members, in order. */
  readonly members = new SortedList<string>(compareText);
  /** Free members that a shrinking pool may give up, and those that are still being made; kept where the pool sizes itself. */
  evictable = new EvictableMembers();
  making = new EvictableMembers();
  /** Members that have not left, by the revision of the template that made them. */
  readonly #byRevision = new Map<number, number>();
  readonly idByName = new Map<string, string>();
  readonly usage = new Map<string, Usage>();
  readonly #demand = new Map<string, Demand>();
  readonly #resourceOf: (id: string) => Resource | undefined;
  #lines: WaitingLines;
  lanes: Lanes;
  /** Who waits at this pool now, one entry a lease, in the pool's order; not kept where shares decide. */
  queue: SortedList<Waiting>;
  /** Leases that have something set aside here, in the pool's order. */
  gatherers: SortedList<Waiting>;
  /** Kept where members are handed over by stage; null elsewhere. */
  staged: StagedMembers | null;

  constructor(pool: Pool, resourceOf: (id: string) => Resource | undefined) {
    this.pool = pool;
    this.#resourceOf = resourceOf;
    this.counts = { ...NONE_OF_ANY };
    this.inactive = { ...NONE_OF_ANY };
    this.#lines = createWaitingLines(pool.lease.queue, this.shareOf);
    this.lanes = this.#createLanes();
    this.queue = this.#createQueue();
    this.gatherers = this.#createQueue();
    this.staged = pool.stages === undefined ? null : new StagedMembers();
  }

  shareOf = (holder: string): number => this.usage.get(holder)?.held ?? 0;

  /** Takes over a changed specification. A changed order builds the lanes anew; who waits must be entered again. */
  change(pool: Pool): { isReordered: boolean } {
    const isReordered = pool.lease.queue !== this.pool.lease.queue;
    const isResized = (pool.size === null) !== (this.pool.size === null);
    const isStagedAnew = (pool.stages === undefined) !== (this.pool.stages === undefined);
    const isRemade = pool.templateRevision !== this.pool.templateRevision || pool.size !== this.pool.size;
    this.pool = pool;
    if (isRemade)
      for (const demand of this.#demand.values()) demand.isMakeable = this.#canMake(demand.selector);
    if (isResized) this.#listEvictable();
    if (isStagedAnew) this.#listStaged();
    if (isReordered) {
      this.#lines = createWaitingLines(pool.lease.queue, this.shareOf);
      this.lanes = this.#createLanes();
      this.queue = this.#createQueue();
      this.gatherers = this.#createQueue();
      for (const id of this.members) this.lanes.update(undefined, this.#resourceOf(id));
    }
    return { isReordered };
  }

  updateMember(before: Resource | undefined, after: Resource | undefined): void {
    if (before !== undefined) this.#count(before, -1);
    if (after !== undefined) this.#count(after, 1);
    this.#countRevision(before, after);
    if (before === undefined && after !== undefined) {
      this.members.add(after.id);
      this.idByName.set(after.name, after.id);
    }
    if (before !== undefined && before.name !== after?.name) {
      this.idByName.delete(before.name);
      if (after !== undefined) this.idByName.set(after.name, after.id);
    }
    this.lanes.update(before, after);
    this.staged?.update(before, after);
    if (this.pool.size !== null) {
      if (before !== undefined) this.#listOf(before)?.remove(before);
      if (after !== undefined) this.#listOf(after)?.add(after);
      if (before !== undefined && isDisposable(before)) this.disposable.remove(before.id);
      if (after !== undefined && isDisposable(after)) this.disposable.add(after.id);
    }
    if (before !== undefined && isRejected(before)) this.rejected.remove(before.id);
    if (after !== undefined && isRejected(after)) this.rejected.add(after.id);
    if (before !== undefined && after === undefined) this.members.remove(before.id);
  }

  /** Adds to (or, with `sign` -1, takes from) what is wanted of this pool. */
  want(item: LeaseItem, wanted: number, sign: 1 | -1): void {
    if (wanted === 0) return;
    const key = selectorKey(item);
    const known = this.#demand.get(key);
    if (known === undefined) {
      this.#demand.set(key, { selector: item, wanted: wanted * sign, isMakeable: this.#canMake(item) });
    } else if (known.wanted + wanted * sign === 0) {
      this.#demand.delete(key);
    } else {
      known.wanted += wanted * sign;
    }
  }

  /** How many members waiting requests still want that a new member of this pool could be. */
  makeableDemand(): number {
    let total = 0;
    for (const demand of this.#demand.values()) if (demand.isMakeable) total += demand.wanted;
    return total;
  }

  /** Changes a holder's usage; in a fair pool its waiters move with it. */
  changeUsage(holder: string, by: Usage): void {
    const change = () => {
      const now = this.usage.get(holder) ?? { held: 0, wished: 0, leases: 0, queued: 0 };
      now.held += by.held;
      now.wished += by.wished;
      now.leases += by.leases;
      now.queued += by.queued;
      if (now.leases === 0) this.usage.delete(holder);
      else this.usage.set(holder, now);
    };
    if (by.held === 0) change();
    else this.#lines.changeShare(holder, change);
  }

  /**
   * Members that another template made and that have not left; none where the pool does not make its members, or is kept in rounds: there
   * they stay.
   */
  get outdatedCount(): number {
    if (this.pool.size === null || this.pool.rounds !== undefined) return 0;
    let count = 0;
    for (const [revision, members] of this.#byRevision) {
      if (revision !== this.pool.templateRevision) count += members;
    }
    return count;
  }

  #countRevision(before: Resource | undefined, after: Resource | undefined): void {
    const left = before === undefined || before.status === 'exiting' ? undefined : before.templateRevision;
    const joined = after === undefined || after.status === 'exiting' ? undefined : after.templateRevision;
    if (left === joined) return;
    if (left !== undefined) {
      const rest = (this.#byRevision.get(left) ?? 0) - 1;
      if (rest === 0) this.#byRevision.delete(left);
      else this.#byRevision.set(left, rest);
    }
    if (joined !== undefined) this.#byRevision.set(joined, (this.#byRevision.get(joined) ?? 0) + 1);
  }

  /** Where a member that the pool may give up is listed. */
  #listOf(resource: Resource): EvictableMembers | undefined {
    if (!resource.isEvictable || resource.isActive === false) return undefined;
    if (isOnOffer(resource)) return this.evictable;
    return resource.status === 'requested' || resource.status === 'entering' ? this.making : undefined;
  }

  #count(resource: Resource, by: 1 | -1): void {
    this.counts[resource.status] += by;
    if (resource.hold !== null) this.heldCount += by;
    if (resource.status === 'free' && resource.leaseId !== null) this.setAsideCount += by;
    if (livenessOf(resource) === 'UNHEALTHY') this.unhealthyCount += by;
    if (resource.isActive === false) this.inactive[resource.status] += by;
    if (isAllocated(resource)) this.allocatedCount += by;
    if (isActiveMember(resource)) this.activeCount += by;
    if (isAwaited(resource)) this.awaitedCount += by;
  }

  #canMake(selector: Selector): boolean {
    if (this.pool.size === null) return false;
    const { labels, params } = templateTraits(this.pool.template);
    return fitsSelector({ name: '', kind: this.pool.kind, labels, params, addresses: [] }, selector);
  }

  #listEvictable(): void {
    this.evictable = new EvictableMembers();
    this.making = new EvictableMembers();
    this.disposable = new SortedList<string>(compareText);
    if (this.pool.size === null) return;
    for (const id of this.members) {
      const resource = this.#resourceOf(id);
      if (resource === undefined) continue;
      this.#listOf(resource)?.add(resource);
      if (isDisposable(resource)) this.disposable.add(id);
    }
  }

  #listStaged(): void {
    this.staged = this.pool.stages === undefined ? null : new StagedMembers();
    for (const id of this.members) this.staged?.update(undefined, this.#resourceOf(id));
  }

  #createLanes(): Lanes {
    return new Lanes({
      lines: this.#lines,
      resourceOf: this.#resourceOf,
      memberIds: this.members,
    });
  }

  #createQueue(): SortedList<Waiting> {
    // Shares change while leases wait, so a fair pool keeps arrival here and its place is worked out when asked for.
    const order = this.pool.lease.queue === 'priority' ? 'priority' : 'fifo';
    return new SortedList<Waiting>(compareWaiting(order, this.shareOf));
  }
}

const NONE_OF_ANY = Object.fromEntries(RESOURCE_STATUSES.map((status) => [status, 0])) as Record<
  ResourceStatus,
  number
>;

function isRejected({ status, machine, hold }: Resource): boolean {
  return status === 'requested' && machine === 'REJECTED' && hold === null;
}

/** Is its provider being asked for it? For what is only being attached nothing waits. */
export function isAwaited({ status, machine, hold, externalId }: Resource): boolean {
  return status === 'requested' && machine === 'REQUESTED' && hold === null && externalId === null;
}
