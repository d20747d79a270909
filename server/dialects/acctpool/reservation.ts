import { positionOf } from '@poolkeeper/core';
import type { EndedLease, JsonObject, LiveLease, World } from '@poolkeeper/core';
import { POOL_PREFIX } from './parts.ts';
import type { AcctpoolParts } from './parts.ts';

/** What stands for "no expiration": the zero time of Go, whose clients cannot do without one. */
export const NO_EXPIRATION = '0001-01-01T00:00:00Z';

/** A reservation as the service knows it. Instants are milliseconds UTC. */
export type Reservation = {
  readonly lease: string;
  readonly holder: string;
  readonly type: string;
  readonly durationMs: number;
  readonly createdAt: number;
} & (
  | { readonly status: 'pending'; readonly position: number; readonly isBeingPrepared: boolean }
  | { readonly status: 'active'; readonly expiresAt: number; readonly account: HeldAccount | undefined }
  | { readonly status: 'expired'; readonly expiresAt: number }
);

/** The account that a reservation has, with what opens to its holder. */
export type HeldAccount = {
  readonly params: JsonObject;
  readonly values: Readonly<Record<string, string>>;
};

/**
 * Finds a reservation by the id of its lease: live ones in memory, those that expired in the history.
 *
 * What is over by the clock is over here, also when nobody has taken it back yet. A cancelled one is not there, and neither is one that
 * expired longer ago than such are shown.
 */
export async function findReservation(parts: AcctpoolParts, lease: string): Promise<Reservation | undefined> {
  const { keeper, expiredShownMs } = parts;
  const live = await keeper.read((world) => {
    const found = world.leases.get(lease);
    return found === undefined ? undefined : { found: seeLive(parts, world, found) };
  });
  if (live !== undefined) return live.found;
  const ended = await keeper.findEndedLease(lease);
  return ended === undefined ? undefined : seeEnded(ended, keeper.now() - expiredShownMs);
}

function seeLive(parts: AcctpoolParts, world: World, lease: LiveLease): Reservation | undefined {
  const seen = commonOf(lease);
  const now = parts.keeper.now();
  if (seen === undefined) return undefined;
  if (lease.status === 'queued')
    return { ...seen, status: 'pending', position: positionOf(world, lease) ?? 1, isBeingPrepared: false };
  const { expiresAt } = lease;
  if (now >= expiresAt) return { ...seen, status: 'expired', expiresAt };
  // It has its account, which is not handed over yet.
  if (lease.status === 'preparing') return { ...seen, status: 'pending', position: 0, isBeingPrepared: true };
  const [opened] = parts.openCredentials(world, lease, now) ?? [];
  const { params = {} } = world.resources.get(lease.members[0]?.resource ?? '') ?? {};
  const account = opened && { params, values: opened.values };
  return { ...seen, status: 'active', expiresAt, account };
}

/** An operator may end a reservation before its time: for its holder it has expired then. */
function seeEnded(lease: EndedLease, shownFrom: number): Reservation | undefined {
  const seen = commonOf(lease);
  const { endReason, endedAt, expiresAt } = lease;
  if (seen === undefined || expiresAt === null) return undefined;
  if (endReason === 'released' || endReason === 'cancelled') return undefined;
  const overAt = Math.min(expiresAt, endedAt);
  return overAt <= shownFrom ? undefined : { ...seen, status: 'expired', expiresAt: overAt };
}

/** Of another pool: it is no reservation. */
function commonOf(
  lease: LiveLease | EndedLease,
): Pick<Reservation, 'lease' | 'holder' | 'type' | 'durationMs' | 'createdAt'> | undefined {
  const { id, holder, durationMs, createdAt, items } = lease;
  const pool = items[0]?.pool ?? '';
  if (!pool.startsWith(POOL_PREFIX)) return undefined;
  return { lease: id, holder, type: pool.slice(POOL_PREFIX.length), durationMs, createdAt };
}
