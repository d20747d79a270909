import type { Event, Resource, ResourceExplanation } from '@poolkeeper/client';
import { eventLine } from '../event/show-event.ts';
import { formatInstant, formatRelative } from '../format-time.ts';
import { formatPairs } from '../format-value.ts';
import { paintStatus, printLine, printText } from '../output.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';
import { adviceOnResource } from './advice-on-resource.ts';

/** Resources, one each line. */
export function printResources(session: Session, resources: readonly Resource[]): void {
  const { colors, context } = session;
  const now = context.now();
  printTable(
    session,
    [
      { title: 'RESOURCE', text: ({ id }) => id, isKept: true },
      { title: 'NAME', text: ({ name }) => name },
      { title: 'POOL', text: ({ pool }) => pool },
      { title: 'STATUS', text: statusOf, paint: (text) => paintStatus(colors, text), isKept: true },
      { title: 'SINCE', text: ({ since }) => formatRelative(since, now), isKept: true },
      { title: 'LEASE', text: ({ lease }) => lease ?? '' },
      {
        title: 'REACHED AT',
        text: ({ endpoints, addresses }) => [...Object.values(endpoints), ...addresses].join(', '),
        isExtra: true,
      },
      { title: 'LABELS', text: ({ labels }) => formatPairs(labels), isExtra: true },
    ],
    resources,
    'No resources.',
  );
}

export type ShownResource = {
  readonly resource: Resource;
  readonly explanation: ResourceExplanation;
  /** The last things that happened to it, oldest first. */
  readonly events: readonly Event[];
};

/** One resource with everything that a person may want to know of it. */
export function printResource(session: Session, shown: ShownResource): void {
  const { context, colors } = session;
  const { resource } = shown;
  const now = context.now();
  printSummary(session, shown);
  printLine(context.stdout, '');
  printFacts(session, [
    ['resource', resource.id],
    ['name', resource.name],
    ['pool', resource.pool],
    ['kind', resource.kind],
    ['provider', resource.provider],
    ['status', statusOf(resource), (text) => paintStatus(colors, text)],
    ['since', formatInstant(resource.since, now)],
    ['stage', describeStage(resource, now)],
    ['held', describeHold(resource.hold, now)],
    ['run', resource.run ?? ''],
    ['turnover', describeTurnover(resource.turnover, now)],
    ['rests until', formatInstant(resource.restsUntil, now)],
    ['goes to', resource.destination === null ? '' : `pool ${resource.destination}`],
    ['lease', resource.lease ?? ''],
    ['there', resource.externalId ?? ''],
    ['machine', resource.machine],
    ['liveness', resource.liveness, (text) => paintStatus(colors, text)],
    ['epoch', String(resource.epoch)],
    ['uses', String(resource.uses)],
    ['fate', resource.fate === 'recycle' ? '' : `${resource.fate} when it comes back`],
    ['evictable', resource.evictable ? '' : 'no'],
    ['endpoints', formatPairs(resource.endpoints)],
    ['addresses', resource.addresses.join(', ')],
    ['labels', formatPairs(resource.labels)],
    ['params', formatPairs(resource.params)],
    ['profiles', resource.profiles.join(', ')],
    ['possible', resource.actions.join(', ')],
    ['version', String(resource.version)],
  ]);
}

/** What it does, what to do about it; then the work on it and how it came to this. */
export function printResourceExplanation(session: Session, shown: ShownResource): void {
  const { context, colors } = session;
  const { resource, explanation, events } = shown;
  const now = context.now();
  const { job, actions } = explanation;
  printSummary(session, shown);
  printLine(context.stdout, '');
  printFacts(session, [
    ['resource', `${resource.id} of pool ${resource.pool}`],
    ['status', statusOf(resource), (text) => paintStatus(colors, text)],
    ['since', formatInstant(resource.since, now)],
    ['observed', `machine ${resource.machine}, liveness ${resource.liveness}`],
    ['lease', resource.lease ?? ''],
    [
      'work',
      job === null || job.attempts === 0
        ? (job?.kind ?? '')
        : `${job.kind}, failed ${job.attempts} times, next try ${formatRelative(job.notBefore, now)}`,
    ],
    ['last error', job?.lastError ?? ''],
    ['step', describeStep(explanation.run, now)],
    ['possible', actions.join(', ')],
  ]);
  if (events.length === 0) return;
  printLine(context.stdout, '');
  printLine(context.stdout, colors.bold('What happened last'));
  for (const event of events)
    printLine(context.stdout, eventLine(colors, { ...event, pool: null, resource: null }));
}

function printSummary({ context }: Session, { resource, explanation }: ShownResource): void {
  printText(context.stdout, `${resource.name} of pool ${resource.pool}: ${explanation.summary}`);
  printText(context.stdout, adviceOnResource(resource));
}

/** Where its transition is, and since when. */
function describeStep(run: ResourceExplanation['run'], now: number): string {
  if (run === null || run.step === null) return run === null ? '' : `none of ${run.id} yet`;
  const { name, number, of, since, until } = run.step;
  const ends = until === null ? '' : `, until ${formatInstant(until, now)}`;
  return `${name}, ${number} of ${of} of ${run.id}, since ${formatInstant(since, now)}${ends}`;
}

/** Where it stands, where members are handed over by stage; of what is kept with it only the names. */
function describeStage({ stage }: Resource, now: number): string {
  if (stage === undefined) return '';
  const keys = Object.keys(stage.data ?? {});
  const data = keys.length === 0 ? '' : `; kept with it: ${keys.join(', ')}`;
  return `${stage.name}, since ${formatInstant(stage.at, now)}${data}`;
}

function describeHold(hold: Resource['hold'], now: number): string {
  if (hold === null) return '';
  const step = hold.step === null ? '' : `step ${hold.step}: `;
  return `${step}${hold.reason}, since ${formatInstant(hold.since, now)}`;
}

/** Whose traces are being removed, and how far that is. */
function describeTurnover(turnover: Resource['turnover'], now: number): string {
  if (turnover === null) return '';
  const { holder, since, steps } = turnover;
  const before = holder === null ? '' : `after ${holder}, `;
  return `${before}since ${formatInstant(since, now)}; ${steps === 1 ? '1 step is' : `${steps} steps are`} over`;
}

export function statusOf({ status, hold }: Pick<Resource, 'status' | 'hold'>): string {
  return hold === null ? status : `${status}, held`;
}
