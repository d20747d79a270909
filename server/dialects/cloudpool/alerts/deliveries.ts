import type { SendResult } from '../../../notifications/contract.ts';
import type { Logger } from '../../../logger.ts';
import { sleep } from '../../../timers.ts';
import type { Timers } from '../../../timers.ts';

/** What may wait: receivers at once, alerts for one of them, and bytes of all alerts together. */
const LANES_MAX = 1_000;
export const LANE_ALERTS_MAX = 100;
const WAITING_BYTES_MAX = 32 * 1_024 * 1_024;
/** Attempts at one alert; the pauses between them double, from the first to the longest, in milliseconds. */
export const ATTEMPTS_MAX = 6;
const FIRST_PAUSE_MS = 2_000;
const PAUSE_MS_MAX = 300_000;

/** One alert on its way to one receiver. */
export type Delivery = {
  /** What is sent to one lane goes one after the other. */
  readonly lane: string;
  /** The pool and the receiver, as a log may name them. */
  readonly pool: string;
  readonly receiver: string;
  readonly bytes: number;
  /** One attempt, which ends by itself and with the signal. */
  readonly send: (signal: AbortSignal) => Promise<SendResult>;
};

type Lane = { readonly waiting: Delivery[]; droppedCount: number };

/**
 * Gets alerts to their receivers, beside everything else: a receiver that is slow or dead delays its own alerts alone, and what it
 * cannot take in time is given up with a line in the log.
 */
export class Deliveries implements AsyncDisposable {
  readonly #timers: Timers;
  readonly #logger: Logger;
  readonly #lanes = new Map<string, Lane>();
  readonly #working = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #waitingBytes = 0;

  constructor({ timers, logger }: { timers: Timers; logger: Logger }) {
    this.#timers = timers;
    this.#logger = logger;
  }

  /** Takes an alert, if there is room for it. */
  push(delivery: Delivery): void {
    if (this.#stop.signal.aborted) return;
    const { lane: key, bytes, pool, receiver } = delivery;
    let lane = this.#lanes.get(key);
    const isFull =
      this.#waitingBytes + bytes > WAITING_BYTES_MAX ||
      (lane === undefined ? this.#lanes.size >= LANES_MAX : lane.waiting.length >= LANE_ALERTS_MAX);
    if (isFull) {
      if (lane === undefined || lane.droppedCount === 0)
        this.#logger.warn({ pool, receiver }, 'too many alerts wait for a receiver: new ones are dropped');
      if (lane !== undefined) lane.droppedCount += 1;
      return;
    }
    this.#waitingBytes += bytes;
    if (lane !== undefined) return void lane.waiting.push(delivery);
    lane = { waiting: [delivery], droppedCount: 0 };
    this.#lanes.set(key, lane);
    const work = this.#work(key, lane);
    this.#working.add(work);
    void work.finally(() => this.#working.delete(work));
  }

  /** Ends what is under way. What waits is not sent any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('The server stops.'));
    await Promise.all(this.#working);
  }

  async #work(key: string, lane: Lane): Promise<void> {
    for (let next = lane.waiting[0]; next !== undefined; next = lane.waiting[0]) {
      await this.#deliver(next);
      lane.waiting.shift();
      this.#waitingBytes -= next.bytes;
    }
    this.#lanes.delete(key);
    if (lane.droppedCount === 0) return;
    this.#logger.warn({ lane: key, droppedCount: lane.droppedCount }, 'alerts for a receiver were dropped');
  }

  async #deliver({ send, pool, receiver }: Delivery): Promise<void> {
    const { signal } = this.#stop;
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const result = await send(signal);
      if (result.isDelivered || signal.aborted) return;
      const { error, retryAfterMs, isFinal } = result;
      if (isFinal || attempt === ATTEMPTS_MAX) {
        const fields = { pool, receiver, attempts: attempt, reason: error };
        return this.#logger.warn(fields, 'an alert could not be delivered and is given up');
      }
      const delayMs = Math.min(Math.max(pauseMs, retryAfterMs ?? 0), PAUSE_MS_MAX);
      await sleep(this.#timers, delayMs, signal).catch(() => {});
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
    }
  }
}
