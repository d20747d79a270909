import type { EndedLease, LeaseEndReason, LeaseItem, LiveLease } from '@poolkeeper/core';

export type Grant = { readonly id: string; readonly pool: string; readonly epoch: number };

/** What is known of one lease from the durable events; the request itself from the document that came with the first. */
export type LeaseTale = {
  readonly id: string;
  readonly holder: string;
  readonly items: readonly LeaseItem[];
  readonly priority: number;
  readonly note: string;
  /** The order in which leases came, by their first event. */
  readonly arrival: number;
  /** Equal for requests of one item that can be served by the same resources; null for requests of several items. */
  readonly shape: string | null;
  /** `active`: it has resources. */
  status: 'queued' | 'active' | 'ended';
  /** How far its resources were prepared: unknown at its grant; `preparing` by its document, `prepared` by its event. */
  preparing: 'unknown' | 'preparing' | 'prepared';
  resources: readonly Grant[];
  expiresAt: number;
  endReason: LeaseEndReason | null;
};

export function createTale(lease: LiveLease | EndedLease, arrival: number): LeaseTale {
  const { id, holder, items, priority, note } = lease;
  const status = 'queued';
  return {
    id,
    holder,
    items,
    priority,
    note,
    arrival,
    shape: shapeOf(items),
    status,
    preparing: 'unknown',
    resources: [],
    expiresAt: 0,
    endReason: null,
  };
}

/** A pool, what is asked of it, and how many: only requests that are content with nothing less are compared. */
function shapeOf(items: readonly LeaseItem[]): string | null {
  const [item] = items;
  if (items.length !== 1 || item === undefined || item.minimum !== item.count) return null;
  const match = Object.entries(item.match).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([item.pool, match, item.filter, item.count]);
}

/** How many resources the lease has or waits for; of one pool where it is named. */
export function wishedOf(tale: LeaseTale, pool?: string): number {
  if (tale.status === 'ended') return 0;
  if (tale.status === 'active')
    return tale.resources.filter((resource) => pool === undefined || resource.pool === pool).length;
  return countOf(tale, pool);
}

/** How many resources were asked for. */
export function countOf(tale: LeaseTale, pool?: string): number {
  return tale.items.reduce(
    (sum, item) => sum + (pool === undefined || item.pool === pool ? item.count : 0),
    0,
  );
}

export function poolsOf(tale: LeaseTale): string[] {
  return [...new Set(tale.items.map((item) => item.pool))];
}
