import type { LedgerEntry } from '@poolkeeper/client';
import { formatRelative } from '../format-time.ts';
import { formatPairs } from '../format-value.ts';
import { paintStatus } from '../output.ts';
import { printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';

/** Entries of the ledger, one each line. */
export function printLedger(session: Session, entries: readonly LedgerEntry[], none: string): void {
  const { colors, context } = session;
  const now = context.now();
  printTable(
    session,
    [
      {
        title: 'STATE',
        text: ({ state }) => state,
        // A leak is money, or an open door.
        paint: (text) => (text === 'leaked' ? colors.red(text) : paintStatus(colors, text)),
        isKept: true,
      },
      { title: 'PROVIDER', text: ({ provider }) => provider, isKept: true },
      { title: 'POOL', text: ({ pool }) => pool ?? '' },
      { title: 'EXTERNAL ID', text: ({ externalId }) => externalId ?? '', isKept: true },
      { title: 'RESOURCE', text: ({ name, resource }) => name ?? resource, isKept: true },
      { title: 'SINCE', text: ({ since }) => formatRelative(since, now) },
      { title: 'COST', text: ({ cost }) => formatPairs(cost), isExtra: true },
      { title: 'DOING', text: ({ doing }) => doing, isExtra: true },
    ],
    entries,
    none,
  );
}
