import type { Run } from '@poolkeeper/client';
import { formatInstant, formatRelative, formatSpan } from '../format-time.ts';
import { formatPairs } from '../format-value.ts';
import { printLine, printText } from '../output.ts';
import type { Colors } from '../output.ts';
import { adviceOnRun } from './advice-on-run.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';

type RunStep = Run['steps'][number];

/** Runs, one each line. */
export function printRuns(session: Session, runs: readonly Run[]): void {
  const { colors, context } = session;
  const now = context.now();
  printTable(
    session,
    [
      { title: 'RUN', text: ({ id }) => id, isKept: true },
      { title: 'RESOURCE', text: ({ resourceName }) => resourceName },
      { title: 'POOL', text: ({ pool }) => pool },
      { title: 'FOR', text: ({ transition }) => transition },
      {
        title: 'STATUS',
        text: ({ status }) => status,
        paint: (text) => paintRun(colors, text),
        isKept: true,
      },
      { title: 'AT', text: ({ step }) => step ?? '' },
      { title: 'ASKS', text: ({ asks }) => asks ?? '' },
      { title: 'BEGAN', text: ({ startedAt }) => formatRelative(startedAt, now), isKept: true },
      { title: 'ENDED', text: ({ endedAt }) => formatRelative(endedAt, now) },
      { title: 'HOLDER', text: ({ holder }) => holder ?? '', isExtra: true },
    ],
    runs,
    'No runs.',
  );
}

/** One run with its steps. */
export function printRun(session: Session, run: Run): void {
  const { colors, context } = session;
  const now = context.now();
  printText(context.stdout, adviceOnRun(run));
  printLine(context.stdout, '');
  printFacts(session, [
    ['run', run.id],
    ['resource', `${run.resourceName} (${run.resource}) of pool ${run.pool}`],
    ['for', `${run.transition}, epoch ${run.epoch}`],
    ['status', run.status, (text) => paintRun(colors, text)],
    ['at', run.step === null ? '' : `${run.step}, since ${formatInstant(run.stepStartedAt, now)}`],
    ['waits', run.dueAt === null ? '' : `until ${formatInstant(run.dueAt, now)}`],
    ['lease', run.lease ?? ''],
    ['holder', run.holder ?? ''],
    ['began', formatInstant(run.startedAt, now)],
    ['ended', formatInstant(run.endedAt, now)],
    ['workflows', formatPairs(run.workflows)],
  ]);
  printLine(context.stdout, '');
  printTable(
    session,
    [
      { title: '#', text: (step) => String(run.steps.indexOf(step) + 1), isNumber: true, isKept: true },
      { title: 'PHASE', text: ({ phase }) => phase },
      { title: 'STEP', text: ({ workflow, name }) => `${workflow}/${name}` },
      { title: 'USES', text: ({ uses }) => uses },
      {
        title: 'OUTCOME',
        text: ({ report }) => report?.outcome ?? '–',
        paint: (text) => paintRun(colors, text),
        isKept: true,
      },
      { title: 'TRIES', text: ({ report }) => String(report?.attempts ?? ''), isNumber: true },
      { title: 'TOOK', text: tookOf },
      { title: 'EXIT', text: ({ report }) => String(report?.exitCode ?? ''), isNumber: true },
      { title: 'TELLS', text: tellsOf, isExtra: true },
    ],
    run.steps,
    'It has no steps.',
  );
}

function tookOf({ report }: RunStep): string {
  return report === null ? '' : formatSpan(Date.parse(report.endedAt) - Date.parse(report.startedAt));
}

function tellsOf({ report }: RunStep): string {
  if (report === null) return '';
  if (report.skipped !== null) return `${report.skipped.by}: ${report.skipped.reason}`;
  return report.error ?? (report.evidence === null ? '' : formatPairs(report.evidence));
}

function paintRun(colors: Colors, word: string): string {
  if (word === 'passed') return colors.green(word);
  if (['held', 'failed', 'skipped'].includes(word)) return colors.red(word);
  return word === 'running' ? colors.yellow(word) : colors.dim(word);
}
