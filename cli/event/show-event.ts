import type { Event } from '@poolkeeper/client';
import { formatClock } from '../format-time.ts';
import { formatPairs } from '../format-value.ts';
import type { Colors } from '../output.ts';
import { printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';
import { onOneLine } from '../table.ts';

/** Events, one each line, oldest first. */
export function printEvents(session: Session, events: readonly Event[], empty: string): void {
  const { colors } = session;
  printTable(
    session,
    [
      { title: 'SEQ', text: ({ seq }) => String(seq), isNumber: true, isKept: true },
      { title: 'AT', text: ({ at }) => formatClock(at), isKept: true },
      { title: 'EVENT', text: ({ type }) => type, paint: (text) => paintEvent(colors, text), isKept: true },
      { title: 'POOL', text: ({ pool }) => pool ?? '' },
      { title: 'RESOURCE', text: ({ resource }) => resource ?? '' },
      { title: 'LEASE', text: ({ lease }) => lease ?? '' },
      { title: 'HOLDER', text: ({ holder }) => holder ?? '', isExtra: true },
      { title: 'WHAT', text: ({ data }) => describeData(data), isExtra: true },
    ],
    events,
    empty,
  );
}

const TYPE_WIDTH = 20;

/** One event as a line of a stream: nobody knows yet how wide the next one is. */
export function eventLine(colors: Colors, event: Event): string {
  const { at, type, pool, resource, lease, holder, data } = event;
  const subjects = [pool, resource, lease, holder].filter((one) => one !== null).join('  ');
  const gap = ' '.repeat(Math.max(0, TYPE_WIDTH - type.length));
  const what = onOneLine(describeData(data));
  return `${colors.dim(formatClock(at))}  ${paintEvent(colors, type)}${gap}  ${onOneLine(subjects)}${what === '' ? '' : `  ${colors.dim(what)}`}`;
}

const BAD = ['job.failed', 'resource.held', 'resource.quarantined'];
const GOOD = ['lease.granted', 'resource.freed', 'resource.entered', 'resource.resumed'];

function paintEvent(colors: Colors, type: string): string {
  if (BAD.includes(type)) return colors.red(type);
  return GOOD.includes(type) ? colors.green(type) : type;
}

/** What else is known, in short: of what is listed the names, or where it is asked for. */
function describeData(data: Event['data']): string {
  return formatPairs(Object.fromEntries(Object.entries(data).map(([name, value]) => [name, inShort(value)])));
}

function inShort(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const names = value.map((one: unknown) => {
    if (typeof one === 'string') return one;
    const { name, pool, count = 1 } = (one ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof name === 'string') return name;
    return typeof pool === 'string' ? `${String(count)}×${pool}` : JSON.stringify(one);
  });
  return names.join(',');
}
