import type { Webhook, World } from '@poolkeeper/core';
import { Refusal } from '@poolkeeper/core';
import type { Keeper } from '../keeper/contract.ts';
import type { Logger } from '../logger.ts';
import type { Timers } from '../timers.ts';
import type { DeliveryProbe, Sealing, Senders } from './contract.ts';
import { Delivery } from './delivery.ts';
import { secretName } from './http-sender.ts';
import { RecentEvents } from './recent-events.ts';

export type NotifierParts = {
  /** The notifier may be made before the keeper, which tells it of each load. */
  readonly keeper: () => Pick<Keeper, 'ask' | 'read' | 'subscribe' | 'listEvents' | 'now'>;
  readonly senders: Senders;
  readonly sealing: Sealing;
  readonly sendsMail: boolean;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly probe?: DeliveryProbe;
};

export type TestResult = {
  readonly isDelivered: boolean;
  readonly error: string | null;
  readonly durationMs: number;
};

type Receiver = { readonly createdAt: number; readonly delivery: Delivery };

/** Tells the receivers of the world what happens, each at its own pace. Nothing waits for it. */
export class Notifier implements AsyncDisposable {
  readonly #parts: NotifierParts;
  readonly #events: RecentEvents;
  readonly #receivers = new Map<string, Receiver>();
  /** Deliveries that are ending. */
  readonly #ending = new Set<Promise<void>>();
  /** Receivers that are being tried. */
  readonly #testing = new Set<string>();
  readonly #stop = new AbortController();
  #isStarted = false;
  #unsubscribe: () => void = () => {};

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    this.#events = new RecentEvents({ listEvents: (query) => parts.keeper().listEvents(query) });
  }

  /** The keeper takes commands: from here on receivers are told. */
  start(): void {
    this.#isStarted = true;
    this.#unsubscribe = this.#parts.keeper().subscribe((events) => {
      this.#events.push(events);
      const isChanged = events.some(({ type }) => type.startsWith('webhook.'));
      if (isChanged) this.follow();
      for (const { delivery } of this.#receivers.values()) delivery.wake(isChanged);
    });
    this.follow();
  }

  /** Brings receivers in line with the webhooks of the world. */
  follow(): void {
    if (this.#stop.signal.aborted || !this.#isStarted) return;
    const look = (world: World): void => this.#followAll(world.webhooks);
    // A keeper that loads its world has it followed anew.
    this.#parts
      .keeper()
      .read(look)
      .catch(() => {});
  }

  get sendsMail(): boolean {
    return this.#parts.sendsMail;
  }

  sealSecret(webhook: string, secret: string): string {
    return this.#parts.sealing.seal(secretName(webhook), secret);
  }

  /** The number of the last event that a receiver has, or did not want, by now. */
  sentThrough(webhook: string): number | undefined {
    return this.#receivers.get(webhook)?.delivery.place;
  }

  /** Sends a test at once, beside what waits, and tells what came of it. Errors: `too_many_requests` while another is sent. */
  async test(webhook: Webhook): Promise<TestResult> {
    if (this.#testing.has(webhook.name)) {
      throw new Refusal(
        'too_many_requests',
        `A test of webhook "${webhook.name}" is under way. Wait for it.`,
      );
    }
    const startedAt = this.#parts.keeper().now();
    this.#testing.add(webhook.name);
    try {
      const message = {
        id: `msg_test_${startedAt.toString(36)}`,
        at: startedAt,
        content: { kind: 'test' },
      } as const;
      const result = await this.#parts.senders[webhook.kind].send(webhook, message, this.#stop.signal);
      const durationMs = this.#parts.keeper().now() - startedAt;
      return {
        isDelivered: result.isDelivered,
        error: result.isDelivered ? null : result.error,
        durationMs,
      };
    } finally {
      this.#testing.delete(webhook.name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#stop.abort(new Error('The server stops.'));
    for (const name of this.#receivers.keys()) this.#drop(name);
    await Promise.all(this.#ending);
  }

  #followAll(webhooks: ReadonlyMap<string, Webhook>): void {
    for (const [name, { createdAt }] of this.#receivers) {
      if (webhooks.get(name)?.createdAt !== createdAt) this.#drop(name);
    }
    for (const { name, createdAt } of webhooks.values()) {
      if (!this.#receivers.has(name))
        this.#receivers.set(name, { createdAt, delivery: this.#deliver(name, createdAt) });
    }
  }

  #deliver(name: string, createdAt: number): Delivery {
    const { keeper, senders, timers, logger, probe } = this.#parts;
    return new Delivery({
      find: async () => {
        const found = await keeper().read((world) => world.webhooks.get(name));
        return found?.createdAt === createdAt ? found : undefined;
      },
      note: (input) => keeper().ask({ type: 'noteDelivery', webhook: name, ...input }),
      events: this.#events,
      senders,
      clock: { now: () => keeper().now() },
      timers,
      logger,
      probe: probe ?? (() => {}),
    });
  }

  #drop(name: string): void {
    const ending = this.#receivers.get(name)?.delivery[Symbol.asyncDispose]();
    this.#receivers.delete(name);
    if (ending === undefined) return;
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }
}
