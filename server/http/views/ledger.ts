import type { LedgerEntry, WorldEvent } from '@poolkeeper/core';
import { instantText, maybeInstantText } from '../instant.ts';
import type { LedgerEntryBody } from '../schemas/ledger.ts';

export function viewLedgerEntry({ since, requestedAt, madeAt, ...entry }: LedgerEntry): LedgerEntryBody {
  return {
    ...entry,
    since: instantText(since),
    requestedAt: maybeInstantText(requestedAt),
    madeAt: maybeInstantText(madeAt),
  };
}

/** What an event says that ended an entry; undefined for one that ended none, or that an earlier release wrote. */
export function viewGone({ type, at, pool, resource, data }: WorldEvent): LedgerEntryBody | undefined {
  const isEnd = type === 'resource.gone' || (type === 'ledger.gone' && data['reason'] === 'gone');
  if (!isEnd || typeof data['provider'] !== 'string') return undefined;
  const isLeak = type === 'ledger.gone';
  return {
    state: 'gone',
    provider: data['provider'],
    pool,
    resource: resource ?? '',
    name: (data['name'] ?? null) as string | null,
    externalId: (data['externalId'] ?? null) as string | null,
    since: instantText(at),
    requestedAt: maybeInstantText((data['requestedAt'] ?? null) as number | null),
    madeAt: maybeInstantText((data['madeAt'] ?? null) as number | null),
    cost: (data['cost'] ?? {}) as LedgerEntryBody['cost'],
    doing: isLeak ? 'It leaked, and its provider lists it no more.' : 'It is proven gone.',
  };
}
