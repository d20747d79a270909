import type { Runner } from '@poolkeeper/client';
import { formatRelative } from '../format-time.ts';
import { formatPairs } from '../format-value.ts';
import { paintStatus } from '../output.ts';
import { printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';

/** Runners, one each line. */
export function printRunners(session: Session, runners: readonly Runner[]): void {
  const now = session.context.now();
  printTable(
    session,
    [
      { title: 'RUNNER', text: ({ name }) => name, isKept: true },
      {
        title: 'STATE',
        text: ({ state }) => state,
        paint: (text) => paintStatus(session.colors, text),
        isKept: true,
      },
      { title: 'LABELS', text: ({ labels }) => formatPairs(labels) },
      { title: 'DOES', text: ({ jobs }) => jobs.map(({ step, run }) => `${step} of ${run}`).join(', ') },
      { title: 'HEARD', text: ({ lastSeenAt }) => formatRelative(lastSeenAt, now), isKept: true },
      { title: 'TOKEN', text: ({ token }) => token, isExtra: true },
      { title: 'VERSION', text: ({ version }) => version, isExtra: true },
    ],
    runners,
    'No runners were seen within the last hour. Start one with "poolkeeper runner --labels …".',
  );
}
