import type { TakenByStage } from '@poolkeeper/core';
import type { VirtualTime } from '../../server/virtual-time.ts';
import type { Report } from '../report.ts';
import type { SimClock } from '../sim-clock.ts';

/** How much sooner than its time a request has to be asked again for the checker to be sure, in milliseconds: answers take their time. */
const SURE_MS = 2_000;

type Asked = {
  readonly pool: string;
  readonly stage: string;
  readonly request: string | null;
  readonly askWithinMs: number;
};
/** A request that was told to wait, as its client saw it. `after`: how many may have had a place when its first answer came. */
type Seen = { readonly after: number; readonly sentAt: number };

/**
 * Knows what clients that wait were answered, and nothing else: nobody who asks again in time is ever told a place that is further back
 * than where it came, whatever crashed meanwhile.
 */
export class Turns {
  readonly #parts: { readonly time: VirtualTime; readonly clock: SimClock; readonly report: Report };
  /** Of each line: requests that may have a place, and those that were told one. A request is asked again once it is answered. */
  readonly #lines = new Map<string, { readonly sent: Set<string>; readonly seen: Map<string, Seen> }>();

  #reshapedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: { time: VirtualTime; clock: SimClock; report: Report }) {
    this.#parts = parts;
  }

  /**
   * A request goes out: from now on it may have a place. What is answered is its answer; where none comes, nobody knows whether it was
   * served, and what was known of its place is forgotten.
   */
  sends({ pool, stage, request, askWithinMs }: Asked): (taken: TakenByStage) => void {
    if (request === null) return () => {};
    const { sent, seen } = this.#line(pool, stage);
    const { time, clock, report } = this.#parts;
    const known = seen.get(request);
    const sentAt = time.now();
    sent.add(request);
    seen.delete(request);
    return (taken) => {
      // Used again, it comes anew, behind all that were sent before.
      if (taken.result === 'taken') return void sent.delete(request);
      if (taken.position === null) return;
      const isSure =
        known !== undefined &&
        clock.forwardAt < known.sentAt &&
        this.#reshapedAt < known.sentAt &&
        time.now() - known.sentAt < askWithinMs - SURE_MS;
      const after = isSure ? known.after : sent.size;
      if (taken.position > after)
        report(
          'place-kept',
          `${request} waits for ${stage} of ${pool}, came among the first ${after}, and is told place ${taken.position}`,
        );
      seen.set(request, { after, sentAt });
    };
  }

  /** The types may change, now: a pool that goes takes its lines along, also where it comes again. */
  reshape(): void {
    this.#reshapedAt = this.#parts.time.now();
  }

  #line(pool: string, stage: string): { readonly sent: Set<string>; readonly seen: Map<string, Seen> } {
    const name = `${pool}/${stage}`;
    const line = this.#lines.get(name) ?? { sent: new Set(), seen: new Map() };
    this.#lines.set(name, line);
    return line;
  }
}
