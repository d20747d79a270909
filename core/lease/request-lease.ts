import { Refusal, refuseInput } from '../errors.ts';
import { compileFilter } from '../filter/filter.ts';
import { ID_PREFIX } from '../ids.ts';
import type { HeldLease, LeaseItem, LiveLease, QueuedLease } from '../model/lease.ts';
import type { TokenQuota } from '../model/token.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import { formatDuration } from '../duration.ts';
import { poolsInOrder } from './frontier.ts';
import { requireTransition } from '../workflow/require-transition.ts';
import { advanceLease } from './schedule.ts';

/** Items of one lease; bounded by the bits of `SetAside.fits`. */
export const LEASE_ITEMS_MAX = 16;
/** Resources that one lease may ask for over all its items. */
export const LEASE_COUNT_MAX = 1_000;
/** Leases that may wait in one pool, whatever its quota says. */
export const QUEUE_LENGTH_MAX = 100_000;
export const PRIORITY_MAX = 1_000_000;
/** How long the answer to an idempotency key is remembered, in milliseconds. */
const RECEIPT_TTL_MS = 24 * 3_600_000;

/** An item as it is asked for: `minimum` defaults to `count`. */
export type RequestedItem = {
  readonly pool: string;
  readonly count: number;
  readonly minimum?: number;
  readonly match?: Readonly<Record<string, string>>;
  readonly filter?: string | null;
};

export type RequestLease = {
  readonly type: 'requestLease';
  readonly holder: string;
  readonly items: readonly RequestedItem[];
  /** Absent: the shortest default of its pools. */
  readonly durationMs?: number;
  readonly heartbeatMs?: number;
  readonly priority?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly note?: string;
  /** What it adds to the transitions of what it gets; the caller has to have the right. */
  readonly on?: NonNullable<HeldLease['on']>;
  /** What the caller's token allows. */
  readonly grant?: { readonly pools: readonly string[] | null; readonly quota: TokenQuota };
  /** A repeated request with the key answers the same lease. The fingerprint is a digest of the whole request. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
};

/** A new or remembered lease. A remembered one may have ended since: then only its id is known here. */
export type LeaseRequested = {
  readonly id: string;
  readonly lease: LiveLease | undefined;
  readonly isRepeated: boolean;
};

/**
 * Asks for a lease: granted in this decision if every item can have its minimum, else queued.
 *
 * Shape: changes the lease, and the resources it gets or has set aside; emits `lease.granted` or `lease.queued`.
 * Errors: `invalid_input`, `invalid_filter`, `duration_too_long`, `pool_not_found`, `pool_being_removed`, `forbidden`,
 * `over_quota`, `queue_full`, `idempotency_key_reused`.
 */
export function requestLease(tx: Transaction, input: RequestLease): LeaseRequested {
  const receiptId = input.idempotency && `${input.holder}\u0000${input.idempotency.key}`;
  if (receiptId !== undefined) {
    const repeated = findRepeated(tx, receiptId, input.idempotency?.fingerprint ?? '');
    if (repeated !== undefined) return repeated;
  }
  const items = input.items.map(requireItem);
  requireItemCount(items);
  const pools = poolsInOrder(items).map((name) => requireOpenPool(tx, input, name));
  const lease: QueuedLease = {
    id: tx.context.newId(ID_PREFIX.lease),
    status: 'queued',
    holder: input.holder,
    items,
    durationMs: requireDuration(input, pools),
    heartbeatMs: requireHeartbeat(input.heartbeatMs),
    priority: requirePriority(input.priority ?? 0),
    labels: input.labels ?? NO_LABELS,
    note: input.note ?? '',
    ...(input.on === undefined ? {} : { on: requireOn(tx, input.on) }),
    createdAt: tx.now,
    seq: tx.nextLeaseSeq(),
    version: 0,
    setAside: [],
  };
  for (const pool of pools) requireQuota(pool, lease);
  requireTokenQuota(pools, tx, input, lease);
  const placed = advanceLease(tx, lease);
  if (placed.status === 'queued') {
    for (const pool of pools) requireQueueRoom(pool, lease.holder);
    tx.emit(
      'lease.queued',
      { lease: lease.id, holder: lease.holder, pool: pools[0]?.pool.name as string },
      {
        items: items.map(({ pool, count, minimum }) => ({ pool, count, minimum })),
      },
    );
  }
  if (receiptId !== undefined && input.idempotency !== undefined) {
    const { fingerprint } = input.idempotency;
    tx.put('receipt', receiptId, {
      id: receiptId,
      leaseId: lease.id,
      fingerprint,
      expiresAt: tx.now + RECEIPT_TTL_MS,
    });
  }
  return { id: lease.id, lease: placed, isRepeated: false };
}

function requireOn(tx: Transaction, on: NonNullable<HeldLease['on']>): NonNullable<HeldLease['on']> {
  if (on.allocate !== undefined) requireTransition(tx, on.allocate, '/on/allocate');
  if (on.release !== undefined) requireTransition(tx, on.release, '/on/release');
  return on;
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

function findRepeated(tx: Transaction, receiptId: string, fingerprint: string): LeaseRequested | undefined {
  const receipt = tx.world.receipts.get(receiptId);
  if (receipt === undefined || receipt.expiresAt <= tx.now) return undefined;
  if (receipt.fingerprint !== fingerprint) {
    throw new Refusal(
      'idempotency_key_reused',
      `This idempotency key made lease ${receipt.leaseId} with another request. Use a new key for a new request.`,
    );
  }
  return { id: receipt.leaseId, lease: tx.world.leases.get(receipt.leaseId), isRepeated: true };
}

function requireItem(item: RequestedItem, index: number): LeaseItem {
  const at = `/items/${index}`;
  const minimum = item.minimum ?? item.count;
  if (!Number.isInteger(item.count) || item.count < 1)
    throw refuseInput(`${at}/count`, 'count is a whole number from 1');
  if (!Number.isInteger(minimum) || minimum < 1 || minimum > item.count) {
    throw refuseInput(`${at}/minimum`, `minimum is a whole number from 1 to count (${item.count})`);
  }
  const filter = item.filter ?? null;
  if (filter !== null) compileFilter(filter, `${at}/filter`);
  return { pool: item.pool, count: item.count, minimum, match: item.match ?? NO_LABELS, filter };
}

function requireItemCount(items: readonly LeaseItem[]): void {
  if (items.length < 1 || items.length > LEASE_ITEMS_MAX) {
    throw refuseInput('/items', `a lease has 1 to ${LEASE_ITEMS_MAX} items, not ${items.length}`);
  }
  const count = items.reduce((sum, item) => sum + item.count, 0);
  if (count > LEASE_COUNT_MAX) {
    throw refuseInput('/items', `a lease asks for at most ${LEASE_COUNT_MAX} resources, not ${count}`);
  }
}

function requireOpenPool(tx: Transaction, input: RequestLease, name: string): PoolState {
  const index = input.items.findIndex((item) => item.pool === name);
  const pointer = `/items/${index}/pool`;
  const granted = input.grant?.pools ?? null;
  if (granted !== null && !granted.includes(name)) {
    const message = `The token may not lease from pool "${name}". It may use: ${granted.join(', ')}.`;
    throw new Refusal('forbidden', message, { faults: [{ pointer, message }] });
  }
  const state = tx.requirePool(name, pointer);
  if (state.pool.status === 'removing') {
    throw refuseInput(
      pointer,
      `Pool "${name}" is being removed and takes no requests.`,
      'pool_being_removed',
    );
  }
  const { split } = state.pool;
  if (split !== undefined) {
    const names = split.map(({ pool }) => pool).join(', ');
    throw refuseInput(pointer, `Pool "${name}" has no members of its own. Ask one of these: ${names}.`);
  }
  return state;
}

function requireDuration(input: RequestLease, pools: readonly PoolState[]): number {
  const max = longestDuration(pools, input.grant?.quota);
  const wished = input.durationMs ?? Math.min(max, ...pools.map((state) => state.pool.lease.defaultMs));
  if (!Number.isFinite(wished) || wished < 1) throw refuseInput('/duration', 'duration is more than 0');
  if (wished > max) {
    throw refuseInput('/duration', `duration is at most ${formatDuration(max)} here`, 'duration_too_long');
  }
  return wished;
}

function requireHeartbeat(heartbeatMs: number | undefined): number | null {
  if (heartbeatMs === undefined) return null;
  if (Number.isFinite(heartbeatMs) && heartbeatMs >= 1) return heartbeatMs;
  throw refuseInput('/heartbeat', 'heartbeat is more than 0; leave it out for none');
}

/** The longest time for which a lease on these pools may be held, from its grant. */
export function longestDuration(pools: readonly PoolState[], quota?: TokenQuota): number {
  return Math.min(quota?.durationMs ?? Infinity, ...pools.map((state) => state.pool.lease.maxMs));
}

function requirePriority(priority: number): number {
  if (Number.isInteger(priority) && Math.abs(priority) <= PRIORITY_MAX) return priority;
  throw refuseInput('/priority', `priority is a whole number from -${PRIORITY_MAX} to ${PRIORITY_MAX}`);
}

/** Refuses a lease with which its holder would have more of the pool than its quota allows. */
export function requireQuota(state: PoolState, lease: Pick<QueuedLease, 'holder' | 'items'>): void {
  const { perHolder, leasesPerHolder } = state.pool.quota;
  const usage = state.usage.get(lease.holder);
  const wished = wishedOf(lease, state.pool.name);
  const has = usage?.wished ?? 0;
  if (perHolder !== undefined && has + wished > perHolder) {
    throw overQuota(
      `Holder "${lease.holder}" has or waits for ${has} of at most ${perHolder} resources of pool "${state.pool.name}", ` +
        `so ${wished} more are refused.`,
    );
  }
  if (leasesPerHolder !== undefined && (usage?.leases ?? 0) + 1 > leasesPerHolder) {
    throw overQuota(
      `Holder "${lease.holder}" has ${usage?.leases ?? 0} of at most ${leasesPerHolder} leases on pool "${state.pool.name}".`,
    );
  }
}

function wishedOf(lease: Pick<QueuedLease, 'items'>, pool: string): number {
  return lease.items.reduce((sum, item) => sum + (item.pool === pool ? item.count : 0), 0);
}

/** A token's bounds hold over all pools. */
function requireTokenQuota(
  pools: readonly PoolState[],
  tx: Transaction,
  input: RequestLease,
  lease: QueuedLease,
): void {
  const quota = input.grant?.quota;
  if (quota?.resources === undefined && quota?.leases === undefined) return;
  let resources = 0;
  const leases = tx.world.leasesOfHolder.get(lease.holder)?.size ?? 0;
  for (const state of tx.world.pools.values()) resources += state.usage.get(lease.holder)?.wished ?? 0;
  const wished = pools.reduce((sum, state) => sum + wishedOf(lease, state.pool.name), 0);
  if (quota.resources !== undefined && resources + wished > quota.resources) {
    throw overQuota(`The token may have ${quota.resources} resources and has or waits for ${resources}.`);
  }
  if (quota.leases !== undefined && leases + 1 > quota.leases) {
    throw overQuota(`The token may have ${quota.leases} leases and has ${leases}.`);
  }
}

function requireQueueRoom(state: PoolState, holder: string): void {
  const { queued, queuedPerHolder } = state.pool.quota;
  const most = Math.min(queued ?? QUEUE_LENGTH_MAX, QUEUE_LENGTH_MAX);
  if (state.queue.size > most) {
    throw new Refusal(
      'queue_full',
      `Pool "${state.pool.name}" has ${most} leases waiting, which is its most. Try later.`,
    );
  }
  const own = state.usage.get(holder)?.queued ?? 0;
  if (queuedPerHolder !== undefined && own > queuedPerHolder) {
    throw overQuota(
      `Holder "${holder}" has ${own - 1} of at most ${queuedPerHolder} leases waiting for pool "${state.pool.name}".`,
    );
  }
}

function overQuota(message: string): Refusal {
  return new Refusal('over_quota', `${message} End a lease, or ask an administrator for more.`);
}
