import type { Turnover } from '@poolkeeper/client';
import { formatClock, formatSpan } from '../format-time.ts';
import { formatPairs } from '../format-value.ts';
import { printLine } from '../output.ts';
import type { Colors } from '../output.ts';
import { printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';

type TurnoverStep = Turnover['record']['steps'][number];

/** Characters of a hash or digest that people compare. */
const HASH_SHOWN = 12;

/** The records of a resource, one each line; with the steps of each below it where they are wanted. */
export function printTurnovers(
  session: Session,
  turnovers: readonly Turnover[],
  { hasSteps }: { readonly hasSteps: boolean },
): void {
  const { colors, context } = session;
  printTable(
    session,
    [
      { title: '#', text: ({ record }) => String(record.number), isNumber: true, isKept: true },
      { title: 'WHEN', text: ({ record }) => clock(record.endedAt), isKept: true },
      { title: 'TOOK', text: ({ record }) => formatSpan(record.endedAt - record.startedAt) },
      { title: 'HAD BY', text: ({ record }) => record.holder ?? 'nobody' },
      { title: 'EPOCH', text: ({ record }) => String(record.epoch), isNumber: true },
      {
        title: 'VERDICT',
        text: ({ record }) => record.verdict,
        paint: (text) => paintVerdict(colors, text),
        isKept: true,
      },
      { title: 'STEPS', text: ({ record }) => record.steps.map(stepWord).join(', ') },
      { title: 'LEASE', text: ({ record }) => record.lease ?? '', isExtra: true },
      { title: 'HASH', text: ({ hash }) => hash.slice(0, HASH_SHOWN), isExtra: true },
    ],
    turnovers,
    'No turnover of it was recorded.',
  );
  if (!hasSteps) return;
  for (const { record } of turnovers) {
    printLine(context.stdout, '');
    printLine(context.stdout, colors.bold(`Record ${record.number}: ${record.verdict}`));
    printSteps(session, record.steps);
  }
}

function printSteps(session: Session, steps: readonly TurnoverStep[]): void {
  const { colors } = session;
  printTable(
    session,
    [
      { title: 'PHASE', text: ({ phase }) => phase, isKept: true },
      { title: 'STEP', text: ({ workflow, name }) => `${workflow}/${name}` },
      { title: 'USES', text: ({ uses }) => uses },
      {
        title: 'OUTCOME',
        text: ({ outcome }) => outcome,
        paint: (text) => paintVerdict(colors, text),
        isKept: true,
      },
      { title: 'TRIES', text: ({ attempts }) => String(attempts), isNumber: true },
      { title: 'TOOK', text: ({ startedAt, endedAt }) => formatSpan(endedAt - startedAt) },
      { title: 'EXIT', text: ({ exitCode }) => (exitCode === null ? '' : String(exitCode)), isNumber: true },
      { title: 'OUTPUT', text: outputOf },
      { title: 'TELLS', text: tellsOf, isExtra: true },
    ],
    steps,
    'It has no steps.',
  );
}

function outputOf({ outputDigest, outputBytes }: TurnoverStep): string {
  return outputDigest === null ? '' : `${outputBytes} B ${outputDigest.slice(0, HASH_SHOWN)}`;
}

function tellsOf({ skipped, error, evidence }: TurnoverStep): string {
  if (skipped !== null) return `${skipped.by}: ${skipped.reason}`;
  return error ?? (evidence === null ? '' : formatPairs(evidence));
}

function stepWord({ name, outcome }: TurnoverStep): string {
  return outcome === 'passed' ? name : `${name} ${outcome}`;
}

/** Green is what proves a clean hand-over. */
function paintVerdict(colors: Colors, word: string): string {
  if (['verified', 'destroyed', 'passed'].includes(word)) return colors.green(word);
  return ['cleaned', 'unneeded'].includes(word) ? colors.yellow(word) : colors.red(word);
}

function clock(at: number): string {
  return formatClock(new Date(at).toISOString());
}
