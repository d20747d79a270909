import type { NoteDelivery, Webhook, WorldEvent } from '@poolkeeper/core';
import { Refusal, wantsEvent } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import { sleep } from '../timers.ts';
import type { Clock, Timers } from '../timers.ts';
import type { Content, DeliveryProbe, Senders } from './contract.ts';
import { messageOf } from './message.ts';
import type { RecentEvents } from './recent-events.ts';

/** Events that are read at once. */
const PAGE_EVENTS = 200;
/** Between two pages that come from the store, in milliseconds: who catches up leaves the store to others. */
const PAGE_PAUSE_MS = 5;
/** How far a receiver may have come without it being noted: messages, time in milliseconds, and events that it did not want. */
export const UNNOTED_MESSAGES_MAX = 100;
export const UNNOTED_MS_MAX = 1_000;
const UNNOTED_SKIPPED_MAX = 10_000;
/** The pause when the keeper or the store cannot say or take anything, in milliseconds. */
const KEEPER_PAUSE_MS = 2_000;

export type DeliveryParts = {
  /** The webhook as the world knows it; undefined when it is gone. */
  readonly find: () => Promise<Webhook | undefined>;
  readonly note: (input: Omit<NoteDelivery, 'type' | 'webhook'>) => Promise<unknown>;
  readonly events: RecentEvents;
  readonly senders: Senders;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly probe: DeliveryProbe;
};

type Woken = { readonly byEvents: boolean; readonly wake: () => void };

/**
 * Gets events to one receiver, one message after another, from its place in the event history on.
 *
 * Its place in memory is ahead of the one that is noted, by a bound: after a crash what lies between is sent again.
 */
export class Delivery implements AsyncDisposable {
  readonly #parts: DeliveryParts;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  /** Everything up to it has been delivered, or was not wanted. Undefined until the webhook is known. */
  #place: number | undefined;
  /** Everything up to it has been looked at; what of that is wanted and was not delivered waits in line. */
  #lookedAt = 0;
  #line: WorldEvent[] = [];
  #gap: Extract<Content, { kind: 'gap' }> | null = null;
  /** The version of the webhook that the line was made for. */
  #version = 0;
  #notedPlace = 0;
  /** Messages since it was noted, and when the first of them was sent. */
  #unnoted = { messages: 0, since: 0 };
  #woken: Woken | undefined;
  /** Did something happen, and did the webhook change, since that was looked at? */
  #isStirred = false;
  #isChanged = false;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#ended = this.#run();
  }

  /** How far the receiver has come; undefined before that is known. */
  get place(): number | undefined {
    return this.#place;
  }

  /** There are new events; with `isChanged`, the webhook is another. */
  wake(isChanged = false): void {
    this.#isStirred = true;
    this.#isChanged ||= isChanged;
    if (this.#woken !== undefined && (isChanged || this.#woken.byEvents)) this.#woken.wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('The server stops.'));
    this.#woken?.wake();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { timers, logger } = this.#parts;
    const { signal } = this.#stop;
    let webhook: Webhook | undefined;
    while (!signal.aborted) {
      try {
        this.#isChanged = false;
        webhook = await this.#parts.find();
        await this.#turn(webhook);
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof Refusal)) logger.error({ err: error }, 'a delivery failed by a defect');
        await sleep(timers, KEEPER_PAUSE_MS, signal).catch(() => {});
      }
    }
    if (webhook !== undefined) await this.#note(webhook).catch(() => {});
  }

  /** Delivers one message, or waits for whatever keeps it from that. */
  async #turn(webhook: Webhook | undefined): Promise<void> {
    if (webhook === undefined) return this.#sleep({ byEvents: false });
    const { clock, senders, probe } = this.#parts;
    this.#take(webhook);
    const { trouble, kind } = webhook;
    if (webhook.isDisabled || trouble?.isStopped === true) return this.#sleep({ byEvents: false });
    const pauseMs = (trouble?.notBefore ?? 0) - clock.now();
    if (pauseMs > 0) return this.#sleep({ byEvents: false, delayMs: pauseMs });
    this.#isStirred = false;
    const sender = senders[kind];
    await this.#fillLine(webhook, sender.eventsMax);
    if (this.#isSkippedFar()) await this.#note(webhook);
    const content = this.#first(sender.eventsMax);
    if (content === undefined) return this.#idle(webhook);
    const gatherMs = gatherMsOf(content, sender, clock.now());
    if (gatherMs > 0) return this.#sleep({ byEvents: false, delayMs: gatherMs });
    const result = await sender.send(webhook, messageOf(content, clock.now()), this.#stop.signal);
    if (this.#stop.signal.aborted && !result.isDelivered) return;
    probe(kind, result.isDelivered ? 'delivered' : 'failed');
    if (result.isDelivered) {
      this.#pass(content);
      if (trouble !== null || this.#isNoteDue()) await this.#note(webhook);
    } else {
      const { error, retryAfterMs, isFinal } = result;
      await this.#note(webhook, { error, retryAfterMs, isFinal });
    }
  }

  /** A webhook that was changed may want other events: those that wait are looked at again. */
  #take({ version, sentThrough }: Webhook): void {
    if (this.#place === undefined) {
      this.#place = sentThrough;
      this.#notedPlace = sentThrough;
    } else if (this.#version === version) return;
    // One of the same name that was made anew begins where it was made.
    this.#place = Math.max(this.#place, sentThrough);
    this.#version = version;
    this.#line = [];
    this.#gap = null;
    this.#lookedAt = this.#place;
  }

  /** Looks at events until so many that are wanted wait, or there are none left. */
  async #fillLine(webhook: Webhook, countMax: number): Promise<void> {
    const { events, timers } = this.#parts;
    const wants = wantsEvent(webhook);
    while (this.#line.length < countMax && this.#gap === null) {
      const isFromStore = !events.has(this.#lookedAt);
      const page = await events.after(this.#lookedAt, PAGE_EVENTS);
      const [first] = page;
      if (first === undefined) break;
      if (first.seq !== this.#lookedAt + 1) {
        // What waits comes first.
        if (this.#line.length > 0) break;
        this.#gap = { kind: 'gap', from: this.#lookedAt + 1, to: first.seq - 1 };
        this.#lookedAt = first.seq - 1;
        break;
      }
      for (const event of page) if (wants(event)) this.#line.push(event);
      this.#lookedAt = page.at(-1)?.seq ?? this.#lookedAt;
      if (this.#line.length === 0) this.#place = this.#lookedAt;
      if (isFromStore && this.#line.length < countMax) await sleep(timers, PAGE_PAUSE_MS, this.#stop.signal);
    }
  }

  #first(countMax: number): Exclude<Content, { kind: 'test' }> | undefined {
    if (this.#gap !== null) return this.#gap;
    if (this.#line.length === 0) return undefined;
    return { kind: 'events', events: this.#line.slice(0, countMax) };
  }

  /** The receiver has it. */
  #pass(content: Exclude<Content, { kind: 'test' }>): void {
    const { messages, since } = this.#unnoted;
    this.#unnoted = { messages: messages + 1, since: messages === 0 ? this.#parts.clock.now() : since };
    if (content.kind === 'gap') {
      this.#gap = null;
      this.#place = content.to;
      return;
    }
    this.#line.splice(0, content.events.length);
    this.#place = this.#line.length === 0 ? this.#lookedAt : (content.events.at(-1)?.seq ?? this.#place);
  }

  /** Nothing waits: what is not noted yet is, when it is time. */
  async #idle(webhook: Webhook): Promise<void> {
    if (this.#unnoted.messages === 0) return this.#sleep({ byEvents: true });
    if (this.#isNoteDue()) return await this.#note(webhook);
    const delayMs = this.#unnoted.since + UNNOTED_MS_MAX - this.#parts.clock.now();
    await this.#sleep({ byEvents: true, delayMs });
  }

  #isNoteDue(): boolean {
    const { messages, since } = this.#unnoted;
    const isLate = this.#parts.clock.now() - since >= UNNOTED_MS_MAX;
    return messages >= UNNOTED_MESSAGES_MAX || (messages > 0 && isLate);
  }

  #isSkippedFar(): boolean {
    return (this.#place ?? 0) - this.#notedPlace >= UNNOTED_SKIPPED_MAX;
  }

  /** Has the world remember how far the receiver has come, and what is in its way. */
  async #note({ version }: Webhook, failure: NoteDelivery['failure'] = null): Promise<void> {
    const place = this.#place;
    const isKnown = place === this.#notedPlace && this.#unnoted.messages === 0;
    if (place === undefined || (failure === null && isKnown)) return;
    await this.#parts.note({ version, sentThrough: place, failure });
    this.#notedPlace = place;
    this.#unnoted = { messages: 0, since: 0 };
  }

  /** Waits so long, or for ever, or until it is woken by a change, or by events too. */
  async #sleep({ byEvents, delayMs }: { byEvents: boolean; delayMs?: number }): Promise<void> {
    if (this.#stop.signal.aborted || this.#isChanged || (byEvents && this.#isStirred)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = delayMs === undefined ? () => {} : this.#parts.timers.set(delayMs, resolve);
    this.#woken = { byEvents, wake: resolve };
    await promise;
    this.#woken = undefined;
    cancel();
  }
}

/** How much longer the first event in line waits for others, in milliseconds. */
function gatherMsOf(
  content: Exclude<Content, { kind: 'test' }>,
  sender: Senders['mail'],
  now: number,
): number {
  if (content.kind === 'gap' || content.events.length >= sender.eventsMax) return 0;
  return Math.max(0, (content.events[0]?.at ?? 0) + sender.gatherMs - now);
}
