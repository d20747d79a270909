import type { Plan } from '@poolkeeper/client';
import { printLine } from '../output.ts';
import type { Colors } from '../output.ts';
import type { Session } from '../runtime.ts';
import { onOneLine } from '../table.ts';

type Entry = Plan['entries'][number];
type Change = Entry['changes'][number];
type Effect = Entry['effects'][number];

/** Characters of a value that are shown; a template may be long. */
const VALUE_LENGTH_MAX = 60;
/** Changes of a new document that are shown; everything about it is new. */
const NEW_CHANGES_MAX = 12;
/** Entries that are shown in full; of more the rest is counted. */
const ENTRIES_MAX = 200;

/** The plan for people: what changes, member by member, and what follows for resources and leases. */
export function printPlan({ context: { stdout }, colors }: Session, plan: Plan): void {
  for (const entry of plan.entries.slice(0, ENTRIES_MAX)) {
    for (const line of linesOf(colors, entry)) printLine(stdout, line);
  }
  const more = plan.entries.length - ENTRIES_MAX + plan.omitted;
  if (more > 0)
    printLine(
      stdout,
      colors.dim(`… and ${more} more; --json names ${plan.omitted > 0 ? 'many of them' : 'all'}`),
    );
  if (plan.warnings.length > 0 && plan.entries.length > 0) printLine(stdout, '');
  for (const { message } of plan.warnings) printLine(stdout, `${colors.yellow('!')} ${onOneLine(message)}`);
  printLine(stdout, '');
  printLine(stdout, summarize(colors, plan));
}

function linesOf(colors: Colors, entry: Entry): string[] {
  const { kind, action, name, pool, changes, effects } = entry;
  const what = `${kind} ${onOneLine(name)}${pool === null ? '' : ` of ${onOneLine(pool)}`}`;
  const shown = action === 'create' ? newMembers(changes) : changes;
  const width = Math.max(0, ...shown.map(({ member }) => member.length));
  return [
    SIGNS[action](colors)(`${SIGN[action]} ${what}`),
    ...shown.map((change) => `    ${change.member.padEnd(width)}  ${describeChange(colors, action, change)}`),
    ...effects.map((effect) => `    ${describeEffect(colors, effect)}`),
  ];
}

const SIGN = { create: '+', change: '~', remove: '-' } as const;
const SIGNS: Readonly<Record<Entry['action'], (colors: Colors) => (text: string) => string>> = {
  create: (colors) => colors.green,
  change: (colors) => colors.yellow,
  remove: (colors) => colors.red,
};

/** What is said of something new: its members as far down as objects go, named as in a change. */
function newMembers(changes: readonly Change[]): Change[] {
  const leaves = changes.flatMap(leavesOf).filter(saysSomething);
  if (leaves.length <= NEW_CHANGES_MAX) return leaves;
  return changes.filter(saysSomething).slice(0, NEW_CHANGES_MAX);
}

function leavesOf(change: Change): Change[] {
  const { member, before, after } = change;
  const isObject = after !== null && typeof after === 'object' && !Array.isArray(after);
  if (!isObject) return [change];
  return Object.entries(after).flatMap(([name, value]) =>
    leavesOf({ member: `${member}.${name}`, before, after: value }),
  );
}

/** Of something new, what is empty or nothing goes without saying. */
function saysSomething({ after }: Change): boolean {
  return after !== undefined && after !== null && !['{}', '[]', '""'].includes(JSON.stringify(after));
}

function describeChange(colors: Colors, action: Entry['action'], { before, after }: Change): string {
  if (action === 'create') return showValue(after);
  return `${showValue(before)} ${colors.dim('→')} ${showValue(after)}`;
}

function showValue(value: unknown): string {
  if (value === undefined) return 'not there';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return onOneLine(text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text);
}

/** What each effect is called, of one and of several. */
const WORDS: Readonly<Record<Effect['effect'], readonly [verb: string, one: string, several: string]>> = {
  create: ['create', 'resource', 'resources'],
  register: ['register', 'resource', 'resources'],
  destroy: ['destroy', 'resource', 'resources'],
  drain: ['drain', 'leased resource', 'leased resources'],
  end: ['end', 'waiting lease', 'waiting leases'],
};

function describeEffect(colors: Colors, { effect, count, reason }: Effect): string {
  const text = `${countOf(effect, count)}: ${reason}`;
  return isGivingUp(effect) ? colors.red(text) : text;
}

function countOf(effect: Effect['effect'], count: number): string {
  const [verb, one, several] = WORDS[effect];
  return `${verb} ${count} ${count === 1 ? one : several}`;
}

function isGivingUp(effect: Effect['effect']): boolean {
  return effect === 'destroy' || effect === 'drain' || effect === 'end';
}

/** How many documents change, and what becomes of how many resources and leases. */
export function summarize(colors: Colors, { entries, omitted, totals }: Plan): string {
  if (entries.length === 0) return 'Nothing to change: the server is as the configuration says.';
  const actions = (['create', 'change', 'remove'] as const).flatMap((action) => {
    const count = entries.filter((entry) => entry.action === action).length;
    return count === 0 ? [] : [`${count} to ${action}`];
  });
  if (omitted > 0) actions.push(`${omitted} more`);
  const effects = (Object.keys(WORDS) as Effect['effect'][]).flatMap((effect) =>
    totals[effect] === 0 ? [] : [countOf(effect, totals[effect])],
  );
  const follows = effects.length === 0 ? 'no resource and no lease is touched' : effects.join(', ');
  return `${colors.bold(actions.join(', '))}; ${follows}.`;
}
