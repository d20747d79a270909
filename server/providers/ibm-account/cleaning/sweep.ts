import type { Logger } from '../../../logger.ts';
import { sleep } from '../../../timers.ts';
import { ProviderRefused } from '../../contract.ts';
import type { Cloud } from '../cloud.ts';
import type { Wire } from '../exchange.ts';
import { keyOf, sayItem } from './product.ts';
import type { Item, Product } from './product.ts';
import { removeItem } from './remove.ts';
import type { Survey } from './survey.ts';

/** Between two looks at a phase, where it says nothing else. Milliseconds. */
const POLL_MS = 5_000;
/** What was asked to go and is still there is asked again after so long. Milliseconds. */
const ASK_AGAIN_MS = 60_000;

/** What goes at one time: things that do not hang on each other. */
export type Stage = {
  /** The number of its phase, as docs/ibm-account.md has them. */
  readonly phase: number;
  readonly products: readonly Product[];
  readonly pollMs?: number;
  /** Things that take tens of minutes to go. */
  readonly isLong?: true;
};

export type SweepInput = {
  readonly wire: Pick<Wire, 'clock' | 'timers'>;
  readonly logger: Logger;
  readonly cloud: Cloud;
  readonly survey: Survey;
  readonly phaseMsMax: number;
  readonly clusterMsMax: number;
  readonly say: (line: string) => void;
};

type Try = { readonly at: number; readonly error?: Error };

/** Goes through an account, stage after stage, and remembers what went wrong with each thing. */
export class Sweep {
  /** How many things were deleted. */
  deleted = 0;
  readonly #input: SweepInput;
  readonly #tries = new Map<string, Try>();
  /** What was asked to go: it is said when it is gone. */
  readonly #going = new Map<string, Item>();

  constructor(input: SweepInput) {
    this.#input = input;
  }

  /** Why a thing is still there; undefined where nothing went wrong. */
  errorOf(item: Item): Error | undefined {
    return this.#tries.get(keyOf(item))?.error;
  }

  /**
   * Deletes everything of a stage, and looks again until nothing is left, or its time is over, or nothing of what is left can go.
   *
   * Errors: the signal's reason. A failure is remembered and does not stop what is beside it.
   */
  async run({ products, pollMs = POLL_MS, isLong, phase }: Stage, signal: AbortSignal): Promise<void> {
    const { wire, survey, phaseMsMax, clusterMsMax } = this.#input;
    const until = wire.clock.now() + (isLong === true ? clusterMsMax : phaseMsMax);
    for (;;) {
      const { items } = await survey.look(products, signal);
      this.#noteGone(products, items);
      if (items.length === 0) return;
      await Promise.all(items.map((item) => this.#ask(item, signal)));
      const asked = items.filter(({ product }) => product.remove !== null);
      const canGo = asked.filter((item) => !(this.errorOf(item) instanceof ProviderRefused));
      if (asked.length > 0 && canGo.length === 0) return;
      if (wire.clock.now() + pollMs > until) {
        this.#input.say(`phase ${phase}: ${items.length} things are still there and its time is over`);
        return;
      }
      await sleep(wire.timers, pollMs, signal);
    }
  }

  async #ask(item: Item, signal: AbortSignal): Promise<void> {
    const { wire, cloud, say, logger } = this.#input;
    const key = keyOf(item);
    const last = this.#tries.get(key);
    if (last?.error instanceof ProviderRefused) return;
    const now = wire.clock.now();
    if (last !== undefined && last.error === undefined && now - last.at < ASK_AGAIN_MS) return;
    try {
      await removeItem(cloud, item, signal);
      this.#tries.set(key, { at: now });
      this.#going.set(key, item);
      if (last !== undefined) return;
      logger.info({ account: cloud.account, kind: item.product.kind, id: item.id }, 'a leftover is deleted');
      say(`deleting ${sayItem(item)}`);
    } catch (error) {
      signal.throwIfAborted();
      this.#tries.set(key, { at: now, error: error as Error });
    }
  }

  #noteGone(products: readonly Product[], items: readonly Item[]): void {
    const there = new Set(items.map(keyOf));
    for (const [key, item] of this.#going) {
      if (there.has(key) || !products.includes(item.product)) continue;
      this.#going.delete(key);
      this.deleted += 1;
    }
  }
}
