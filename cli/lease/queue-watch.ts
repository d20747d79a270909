import type { Poolkeeper, Waiting } from '@poolkeeper/client';
import type { CliContext } from '../context.ts';
import type { QueueDisplay } from './queue-display.ts';

/** Between two drawings of the line, in milliseconds. */
const TICK_MS = 1_000;
/** Between two questions when it may start, in milliseconds: an answer costs the server a look at a whole pool. */
const ESTIMATE_MS = { terminal: 10_000, elsewhere: 30_000 } as const;
/** How long an answer may take, in milliseconds; without it the place is shown alone. */
const ESTIMATE_MS_MAX = 2_000;

type Parts = {
  readonly context: Pick<CliContext, 'now' | 'sleep'>;
  readonly client: Pick<Poolkeeper, 'leases'>;
  readonly display: QueueDisplay;
};

/** Keeps the display of a waiting lease fresh: its place as it is told, the time that passes, and when it may start. */
export class QueueWatch implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #waiting: { readonly told: Waiting; readonly at: number } | undefined;
  #startsAt: string | null = null;
  #hasAsked = false;
  #running: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Is told where the lease stands. */
  saw(told: Waiting): void {
    this.#waiting = { told, at: this.#parts.context.now() };
    this.#running ??= this.#run();
    // A line that stays is written when it can say all; one that is written over may say more later.
    if (this.#hasAsked || this.#parts.display.isTerminal) this.#draw();
  }

  async #run(): Promise<void> {
    const { context, display } = this.#parts;
    const everyMs = display.isTerminal ? ESTIMATE_MS.terminal : ESTIMATE_MS.elsewhere;
    let askedAt = -Infinity;
    while (!this.#stop.signal.aborted) {
      if (context.now() - askedAt >= everyMs) {
        askedAt = context.now();
        await this.#ask();
      }
      if (!this.#stop.signal.aborted) this.#draw();
      await context.sleep(TICK_MS, this.#stop.signal).catch(() => {});
    }
  }

  async #ask(): Promise<void> {
    const { told } = this.#waiting ?? {};
    if (told?.lease.status !== 'queued') return;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ESTIMATE_MS_MAX)]);
    try {
      this.#startsAt = (await this.#parts.client.leases.explain(told.lease.id, { signal })).estimatedStart;
    } catch {
      // It is a courtesy: what is wrong with the server is told by who waits for the lease.
      this.#startsAt = null;
    }
    this.#hasAsked = true;
  }

  #draw(): void {
    if (this.#waiting === undefined) return;
    const { told, at } = this.#waiting;
    this.#parts.display.show({
      lease: told.lease,
      waitedMs: told.waitedMs + this.#parts.context.now() - at,
      startsAt: this.#startsAt,
      trouble: told.trouble && 'the server does not answer',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
