import type { DocumentKind } from '@poolkeeper/core';
import type { BatchText } from './batch-text.ts';
import { readBatchText } from './batch-text.ts';
import type { DocumentRow } from './document-statements.ts';
import type { JournalRow } from './journal-statements.ts';

/** A journal row with its text taken apart. */
export type OpenRow = JournalRow & { readonly batch: BatchText };

export function openRows(rows: readonly JournalRow[]): OpenRow[] {
  return rows.map((row) => ({ ...row, batch: readBatchText(row.body) }));
}

/** What became of live documents in some batches: the last text of each, or null where it is gone. */
export type Overlay = Record<DocumentKind, Map<string, DocumentRow | null>>;

/** Takes batches together: a document that changed ten times appears once, and so does one that came and went. */
export function overlayOf(rows: readonly OpenRow[]): Overlay {
  const overlay: Overlay = {
    provider: new Map(),
    secret: new Map(),
    profile: new Map(),
    workflow: new Map(),
    webhook: new Map(),
    upkeep: new Map(),
    pool: new Map(),
    token: new Map(),
    resource: new Map(),
    run: new Map(),
    job: new Map(),
    leak: new Map(),
    lease: new Map(),
    receipt: new Map(),
    credential: new Map(),
    waiter: new Map(),
  };
  for (const { version, batch } of rows) {
    for (const { kind, id, document } of batch.upserts) overlay[kind].set(id, { id, version, document });
    for (const { kind, id } of batch.deletes) overlay[kind].set(id, null);
  }
  return overlay;
}

/** A lease or run that ended in one of the batches, which are in the order of their commits. */
export function findEndedIn(
  rows: readonly JournalRow[],
  what: 'ended' | 'runs',
  id: string,
): { readonly version: number; readonly document: string } | undefined {
  // Most batches do not mention it: looking at their text is much cheaper than taking it apart.
  const mention = JSON.stringify(id);
  for (const { version, body } of rows.toReversed()) {
    if (!body.includes(mention)) continue;
    const document = readBatchText(body)[what].find(
      (text) => text.includes(mention) && (JSON.parse(text) as { id: string }).id === id,
    );
    if (document !== undefined) return { version, document };
  }
  return undefined;
}

/**
 * One page of a table as it will be once the overlay is in it.
 *
 * `page` is what the table has above `after`, and `isLast` says that the table has nothing above that page. Ids ascend by code
 * point, as the table's do.
 */
export function mergePage(input: {
  page: readonly DocumentRow[];
  overlay: ReadonlyMap<string, DocumentRow | null>;
  after: string;
  isLast: boolean;
}): DocumentRow[] {
  const { page, overlay, after, isLast } = input;
  if (overlay.size === 0) return [...page];
  const end = isLast ? undefined : page.at(-1)?.id;
  const merged = page.filter(({ id }) => !overlay.has(id));
  for (const row of overlay.values()) {
    if (row === null || compareCodePoints(row.id, after) <= 0) continue;
    if (end === undefined || compareCodePoints(row.id, end) <= 0) merged.push(row);
  }
  return merged.toSorted((a, b) => compareCodePoints(a.id, b.id));
}

/** The order of SQLite's `binary` collation; it differs from `<` where a text has surrogates. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
