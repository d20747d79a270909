import type { Workflow } from '@poolkeeper/client';
import { formatPairs } from '../format-value.ts';
import { printLine, printText } from '../output.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';

/** Places that one line of a list names. */
const USES_NAMED_MAX = 3;

/** Workflows, one each line. */
export function printWorkflows(session: Session, workflows: readonly Workflow[]): void {
  const { colors } = session;
  printTable(
    session,
    [
      { title: 'WORKFLOW', text: ({ name }) => name, isKept: true },
      { title: 'STEPS', text: ({ steps }) => steps.map(({ name }) => name).join(', '), isKept: true },
      { title: 'USED BY', text: ({ usedBy }) => describeUses(usedBy) },
      {
        title: 'LACKS',
        text: ({ missingSecrets }) => missingSecrets.join(', '),
        paint: (text) => colors.red(text),
      },
      { title: 'VERSION', text: ({ version }) => String(version), isNumber: true, isExtra: true },
    ],
    workflows,
    'No workflows. Name them in a configuration file: poolkeeper apply -f FILE.',
  );
}

/** One workflow: what is to be seen to, where it runs, and its steps in their order. */
export function printWorkflow(session: Session, workflow: Workflow): void {
  const { context, colors } = session;
  const { name, steps, usedBy, missingSecrets, version } = workflow;
  if (missingSecrets.length > 0) {
    printText(
      context.stdout,
      `It needs secrets that are not set: ${missingSecrets.join(', ')}. A run that needs one is held; set them first.`,
    );
    printLine(context.stdout, '');
  }
  printFacts(session, [
    ['workflow', name],
    ['used by', usedBy.length === 0 ? 'no pool' : describeUses(usedBy, usedBy.length)],
    ['lacks', missingSecrets.join(', '), (text) => colors.red(text)],
    ['version', String(version)],
  ]);
  printLine(context.stdout, '');
  printTable(
    session,
    [
      { title: 'STEP', text: (step) => step.name, isKept: true },
      { title: 'USES', text: ({ uses }) => uses, isKept: true },
      { title: 'TIMEOUT', text: ({ timeout }) => timeout },
      { title: 'RETRIES', text: ({ retries }) => (retries === 0 ? '' : String(retries)), isNumber: true },
      { title: 'PAUSES', text: ({ pauses }) => (pauses ?? []).join(' ') },
      { title: 'ON FAILURE', text: ({ onFailure }) => onFailure },
      { title: 'IF', text: (step) => step.if ?? '' },
      { title: 'RUNS ON', text: ({ runsOn }) => formatPairs(runsOn) },
      { title: 'WITH', text: (step) => describeInput(step.with), isKept: true },
    ],
    steps,
    '',
  );
}

/** `boards: release verify`, one behind the other. */
export function describeUses(uses: Workflow['usedBy'], namedMax: number = USES_NAMED_MAX): string {
  const named = uses.slice(0, namedMax).map(({ pool, transition, as }) => `${pool}: ${transition} ${as}`);
  const more = uses.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function describeInput(input: Workflow['steps'][number]['with']): string {
  return Object.keys(input).length === 0 ? '' : JSON.stringify(input);
}
