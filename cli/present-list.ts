import type { Page } from '@poolkeeper/client';
import type { Command } from 'commander';
import { LIST_LIMIT_DEFAULT, listPages, moreLine } from './list-pages.ts';
import { wholeNumber } from './option-values.ts';
import { printLine } from './output.ts';
import { addConnectionOptions } from './runtime.ts';
import type { Session } from './runtime.ts';
import { present } from './watch.ts';

/** Options of what may be watched. */
export type WatchOptions = { readonly watch?: boolean };
export type ListOptions = WatchOptions & { readonly limit: number };

export function addWatchOption(command: Command): Command {
  return addConnectionOptions(command).option('--watch', 'go on, and show what changes, until Ctrl-C');
}

/** Options that every list has. */
export function addListOptions(command: Command): Command {
  return addWatchOption(command).option('--limit <n>', 'at most so many', wholeNumber(1), LIST_LIMIT_DEFAULT);
}

/** Shows a list, once or watched, and says when there is more of it. */
export function presentList<T>(
  session: Session,
  list: {
    readonly pageAt: Parameters<typeof listPages<T>>[1];
    readonly print: (session: Session, items: readonly T[]) => void;
  },
  { limit, watch }: ListOptions,
): Promise<void> {
  const view = {
    look: () => listPages(limit, list.pageAt),
    print: (where: Session, page: Page<T>) => {
      list.print(where, page.items);
      const more = moreLine(page);
      if (more !== undefined) printLine(where.context.stderr, more);
    },
  };
  return present(session, view, { watch });
}
