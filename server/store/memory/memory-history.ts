import type { Page } from '../contract.ts';
import type { MemoryHistory } from './memory-disk.ts';

/** Puts what is over behind what ended before it. */
export function addToHistory(
  history: MemoryHistory,
  document: { readonly id: string; readonly endedAt: number },
): void {
  history.count += 1;
  const { id, endedAt } = document;
  history.rows.push({ number: history.count, id, endedAt, text: JSON.stringify(document) });
}

export function findInHistory<T>(history: MemoryHistory, id: string): T | undefined {
  const found = history.rows.find((row) => row.id === id);
  return found === undefined ? undefined : (JSON.parse(found.text) as T);
}

/** What fits, the last ended first. */
export function pageOfHistory<T>(
  history: MemoryHistory,
  query: {
    readonly limit: number;
    readonly cursor: string | undefined;
    readonly fits: (document: T) => boolean;
  },
): Page<T> {
  const before = query.cursor === undefined ? Infinity : Number(query.cursor);
  const found = history.rows
    .filter(({ number }) => number < before)
    .toReversed()
    .map(({ number, text }) => ({ number, document: JSON.parse(text) as T }))
    .filter(({ document }) => query.fits(document));
  const page = found.slice(0, query.limit);
  const next = found.length > page.length ? String(page.at(-1)?.number) : null;
  return { items: page.map(({ document }) => document), next };
}

/** Forgets those of the `limit` oldest that ended before the instant; answers how many. */
export function pruneHistory(
  history: MemoryHistory,
  { endedBefore, limit }: { readonly endedBefore: number; readonly limit: number },
): number {
  const oldest = history.rows.slice(0, limit);
  const gone = new Set(oldest.filter(({ endedAt }) => endedAt < endedBefore));
  history.rows = history.rows.filter((row) => !gone.has(row));
  return gone.size;
}
