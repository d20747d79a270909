import type { HistoryPage } from '../contract.ts';
import type { RunLogEntry } from '../run-log-contract.ts';
import type { RunLogPlace, TextHistory } from './history-pages.ts';
import { parseDocuments } from './load-documents.ts';
import type { ThreadLink } from './thread-link.ts';

const TEXT_HISTORIES: readonly TextHistory[] = ['event', 'endedLease', 'endedRun', 'turnover'];

/** Everything that is not live, page by page, as the contract says. */
export async function* readHistory(link: ThreadLink): AsyncGenerator<HistoryPage, void, undefined> {
  for (const part of TEXT_HISTORIES) {
    let after: string | null = null;
    do {
      const page: { text: string; versions: readonly number[]; next: string | null } = await link.call(
        'historyPage',
        { part, after },
      );
      if (page.versions.length > 0) yield { part, items: parseDocuments(part, page) } as HistoryPage;
      after = page.next;
    } while (after !== null);
  }
  let from: RunLogPlace | null = null;
  do {
    const page: { entries: readonly RunLogEntry[]; next: RunLogPlace | null } = await link.call(
      'runLogPage',
      from,
    );
    if (page.entries.length > 0) yield { part: 'runLog', items: page.entries };
    from = page.next;
  } while (from !== null);
}
