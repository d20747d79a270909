import type { Lease } from '@poolkeeper/client';
import type { Output } from '../context.ts';
import { formatRelative, formatSpan } from '../format-time.ts';
import { characters, onOneLine } from '../table.ts';

/** To the beginning of the line, and away with what stands there. */
const CLEAR_LINE = '\r\u001b[2K';

type Line = Pick<Output, 'write' | 'isTerminal' | 'columns'>;

/** What is known of a lease that waits. */
export type QueuePlace = {
  readonly lease: Pick<Lease, 'id' | 'status' | 'position' | 'items'>;
  /** Since it was asked for, in milliseconds. */
  readonly waitedMs: number;
  /** When it is expected to be granted; null where nobody can say. */
  readonly startsAt: string | null;
  /** What keeps the display from knowing more. */
  readonly trouble?: string | undefined;
};

/** Shows the place in the queue: one line that is written over on a terminal, a line for each change elsewhere. */
export class QueueDisplay {
  readonly #output: Line;
  readonly #now: () => number;
  #shown = '';
  #hasLine = false;
  #hasShown = false;

  constructor(output: Line, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  get isTerminal(): boolean {
    return this.#output.isTerminal;
  }

  /** Did anything have to be waited for? */
  get hasShown(): boolean {
    return this.#hasShown;
  }

  show(place: QueuePlace): void {
    this.#hasShown = true;
    const where = describePlace(place);
    const text = onOneLine(`${where}${describeStart(place, this.#now())}`);
    if (this.#output.isTerminal) {
      const line = `${text}, waited ${formatSpan(place.waitedMs)}`;
      const fitting = characters(line).slice(0, this.#output.columns - 1);
      this.#output.write(`${CLEAR_LINE}${fitting.join('')}`);
      this.#hasLine = true;
    } else if (where !== this.#shown) {
      this.#output.write(`${text} (lease ${place.lease.id})\n`);
    }
    this.#shown = where;
  }

  /** Takes the line away that is written over, before others write. */
  clear(): void {
    if (this.#hasLine) this.#output.write(CLEAR_LINE);
    this.#hasLine = false;
  }
}

function describePlace({ lease, trouble }: QueuePlace): string {
  const wanted = lease.items
    .map(({ count, pool }) => (count === 1 ? pool : `${count} of ${pool}`))
    .join(', ');
  if (trouble !== undefined) return `waiting for ${wanted}: ${trouble}; trying on`;
  if (lease.status === 'preparing') return `waiting for ${wanted}: being prepared`;
  return `waiting for ${wanted}: ${lease.position === null ? 'in line' : `number ${lease.position} in line`}`;
}

/** An estimate that is over has been wrong, and says nothing any more. */
function describeStart({ lease, startsAt, trouble }: QueuePlace, now: number): string {
  if (startsAt === null || trouble !== undefined || lease.status !== 'queued') return '';
  return Date.parse(startsAt) <= now ? '' : `, expected ${formatRelative(startsAt, now)}`;
}
