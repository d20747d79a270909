import type { Leak } from '../model/leak.ts';
import type { Observation } from '../model/resource.ts';
import { adoptLeak } from './adopt-leak.ts';
import type { Transaction } from '../world/transaction.ts';

/** Leaks of one provider that are listed; what is over it is in the log alone. */
const LEAKS_MAX = 10_000;
/** How far behind the last look a leak's `lastSeenAt` may be, in milliseconds: a leak that stays must not cost a commit a look. */
const LAST_SEEN_LAG_MS = 60_000;

export type Strays = {
  readonly provider: string;
  /** When the look began. */
  readonly startedAt: number;
  /** What it saw that belongs to nobody. */
  readonly strays: readonly Observation[];
};

/**
 * Keeps the list of leaks of one provider: what is seen for the second time is one, and what is not seen any more is gone.
 *
 * Every thing has a resource from before it is asked for until it is proven gone, so what bears our tag and has none was either
 * seen by a look that began before its end, or is a leak. A second look that began after the first was taken tells them apart.
 * Shape: puts and removes leaks; emits `ledger.leaked` and `ledger.gone`; has those destroyed whose pool says so. Answers the
 * external ids of those that are leaks from now on.
 */
export function takeStrays(tx: Transaction, { provider, startedAt, strays }: Strays): string[] {
  const leaked: string[] = [];
  const known = new Set(tx.world.leaksOfProvider.get(provider));
  for (const stray of strays) {
    const id = leakId(provider, stray);
    known.delete(id);
    const leak = tx.world.leaks.get(id);
    if (leak !== undefined) {
      if (seeAgain(tx, leak, { stray, startedAt })) leaked.push(stray.externalId);
    } else if ((tx.world.leaksOfProvider.get(provider)?.size ?? 0) < LEAKS_MAX) {
      suspect(tx, id, { provider, stray });
    }
  }
  for (const id of known) {
    const leak = tx.world.leaks.get(id) as Leak;
    const isTaken = tx.world.resources.get(leak.resource)?.externalId === leak.externalId;
    if (isTaken) forgetLeak(tx, leak, 'taken_over');
    // A look that began before the thing was seen may have missed it.
    else if (startedAt > leak.lastSeenAt) forgetLeak(tx, leak, 'gone');
  }
  return leaked;
}

/**
 * Takes a leak off the list. `gone`: its provider lists it no more. `taken_over`: it is the thing of its resource now.
 * `provider_removed`: nobody will look again.
 */
function forgetLeak(tx: Transaction, leak: Leak, reason: 'gone' | 'taken_over' | 'provider_removed'): void {
  tx.remove('leak', leak.id);
  if (leak.status === 'leaked') tx.emit('ledger.gone', subjectOf(leak), { ...traitsOf(leak), reason });
}

/** The provider is being forgotten: what leaked there cannot be watched any more. */
export function forgetLeaksOf(tx: Transaction, provider: string): void {
  for (const id of tx.world.leaksOfProvider.get(provider) ?? [])
    forgetLeak(tx, tx.world.leaks.get(id) as Leak, 'provider_removed');
}

function leakId(provider: string, { resource, externalId }: Observation): string {
  return `${provider}/${resource}/${externalId}`;
}

function suspect(
  tx: Transaction,
  id: string,
  { provider, stray }: { provider: string; stray: Observation },
): void {
  const { resource, externalId, pool = null, machine, addresses } = stray;
  const seen = { firstSeenAt: tx.now, lastSeenAt: tx.now, version: 1 };
  tx.put('leak', id, {
    id,
    status: 'suspected',
    provider,
    resource,
    externalId,
    pool,
    machine,
    addresses,
    ...seen,
  });
}

/** Answers whether it is a leak from now on. */
function seeAgain(
  tx: Transaction,
  leak: Leak,
  { stray, startedAt }: { stray: Observation; startedAt: number },
): boolean {
  const isNews = leak.status === 'suspected' && startedAt > leak.firstSeenAt;
  const isChanged = leak.machine !== stray.machine || tx.now - leak.lastSeenAt >= LAST_SEEN_LAG_MS;
  const { machine, addresses } = stray;
  const seen: Leak =
    isNews || isChanged
      ? tx.put('leak', leak.id, {
          ...leak,
          status: isNews ? 'leaked' : leak.status,
          machine,
          addresses,
          lastSeenAt: tx.now,
          version: leak.version + 1,
        })
      : leak;
  if (isNews) tx.emit('ledger.leaked', subjectOf(seen), traitsOf(seen));
  if (seen.status === 'leaked') adoptLeak(tx, seen);
  return isNews;
}

function subjectOf({ pool, resource }: Leak): { pool?: string; resource: string } {
  return { resource, ...(pool === null ? {} : { pool }) };
}

function traitsOf({ provider, externalId, firstSeenAt }: Leak) {
  return { provider, externalId, firstSeenAt };
}
