import type { HistoryPage } from '../contract.ts';
import type { MemoryDisk } from './memory-disk.ts';

const PAGE_ROWS = 100;

/** Everything that is not live, as a store answers it. */
export function* readMemoryHistory(disk: MemoryDisk): Generator<HistoryPage, void, undefined> {
  const turnovers = [...disk.turnovers]
    .toSorted(([a], [b]) => compareCodePoints(a, b))
    .flatMap(([, rows]) => rows);
  const texts: readonly (readonly [string, readonly { readonly text: string }[]])[] = [
    ['event', disk.events],
    ['endedLease', disk.ended.rows],
    ['endedRun', disk.runs.rows],
    ['turnover', turnovers],
  ];
  for (const [part, rows] of texts) {
    for (const page of pagesOf(rows)) {
      yield { part, items: page.map(({ text }) => JSON.parse(text) as unknown) } as HistoryPage;
    }
  }
  const entries = disk.runLog.toSorted((a, b) => compareCodePoints(a.run, b.run) || a.seq - b.seq);
  for (const items of pagesOf(entries)) yield { part: 'runLog', items };
}

function* pagesOf<T>(rows: readonly T[]): Generator<readonly T[], void, undefined> {
  for (let at = 0; at < rows.length; at += PAGE_ROWS) yield rows.slice(at, at + PAGE_ROWS);
}

function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
