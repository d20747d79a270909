import type { Lease } from '@poolkeeper/client';
import type { Output } from '../context.ts';
import { formatSpan } from '../format-time.ts';
import { characters, onOneLine } from '../table.ts';

/** To the beginning of the line, and away with what stands there. */
const CLEAR_LINE = '\r\u001b[2K';

type Line = Pick<Output, 'write' | 'isTerminal' | 'columns'>;

/** Shows the place in the queue: one line that is written over on a terminal, a line for each change elsewhere. */
export class QueueDisplay {
  readonly #output: Line;
  #shown = '';
  #hasLine = false;
  #hasShown = false;

  constructor(output: Line) {
    this.#output = output;
  }

  /** Did anything have to be waited for? */
  get hasShown(): boolean {
    return this.#hasShown;
  }

  /** `waitedMs`: since the lease was asked for. `trouble`: what keeps the display from knowing more. */
  show(lease: Lease, waitedMs: number, trouble?: string): void {
    this.#hasShown = true;
    const text = describePlace(lease, trouble);
    if (this.#output.isTerminal) {
      const line = `${text} (${formatSpan(waitedMs)})`;
      this.#output.write(
        `${CLEAR_LINE}${characters(line)
          .slice(0, this.#output.columns - 1)
          .join('')}`,
      );
      this.#hasLine = true;
    } else if (text !== this.#shown) {
      this.#output.write(`${text}\n`);
    }
    this.#shown = text;
  }

  /** Takes the line away that is written over, before others write. */
  clear(): void {
    if (this.#hasLine) this.#output.write(CLEAR_LINE);
    this.#hasLine = false;
  }
}

function describePlace(lease: Lease, trouble: string | undefined): string {
  const wanted = lease.items
    .map(({ count, pool }) => (count === 1 ? pool : `${count} of ${pool}`))
    .join(', ');
  if (trouble !== undefined) return onOneLine(`waiting for ${wanted}: ${trouble}; trying on`);
  if (lease.status === 'preparing') return onOneLine(`waiting for ${wanted}: being prepared`);
  const place = lease.position === null ? 'in line' : `number ${lease.position} in line`;
  return onOneLine(`waiting for ${wanted}: ${place} (lease ${lease.id})`);
}
