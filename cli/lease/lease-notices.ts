import type { LeaseNotice } from '@poolkeeper/client';
import type { CliContext } from '../context.ts';
import { explainError } from '../explain-error.ts';
import { formatSpan } from '../format-time.ts';
import { printLine } from '../output.ts';

/** Tells people what happens to a lease while a command runs under it. */
export function reportNotice({ stderr }: Pick<CliContext, 'stderr'>, notice: LeaseNotice): void {
  const [first = '', ...rest] = describeNotice(notice);
  printLine(stderr, `poolkeeper: lease ${notice.lease.id}${first}`);
  for (const line of rest) printLine(stderr, line);
}

/** The lines; the first goes on behind the name of the lease. */
function describeNotice(notice: LeaseNotice): string[] {
  const { lease } = notice;
  switch (notice.kind) {
    case 'heartbeat_failed':
      return [`: a heartbeat failed, trying on: ${reasonOf(notice.error)}`];
    case 'heartbeat_answered':
      return [': heartbeats are answered again'];
    case 'at_maximum':
      return [` cannot be made longer; it ends, and the command with it, in ${formatSpan(notice.endsInMs)}`];
    case 'release_failed': {
      const ending =
        lease.heartbeat === null
          ? 'at its time'
          : `when its heartbeat has been missing for ${lease.heartbeat}`;
      return [
        ` could not be given back: ${reasonOf(notice.error)}`,
        `It ends by itself ${ending}; "poolkeeper lease release ${lease.id}" ends it now.`,
      ];
    }
  }
}

function reasonOf(error: Error): string {
  return explainError(error).lines[0] ?? '';
}
