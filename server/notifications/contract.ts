import type { Webhook, WebhookKind, WorldEvent } from '@poolkeeper/core';

/** What a message says. Instants are milliseconds UTC. */
export type Content =
  | { readonly kind: 'events'; readonly events: readonly WorldEvent[] }
  /** Events from the first number to the last were forgotten before they could be delivered. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  | { readonly kind: 'test' };

/** What is sent at once. Sent again it has the same id, by which a receiver knows it. */
export type Message = { readonly id: string; readonly at: number; readonly content: Content };

export type SendResult =
  | { readonly isDelivered: true }
  | {
      readonly isDelivered: false;
      /** What happened, and what to do; it holds no secret and nothing that the receiver said in its own words at length. */
      readonly error: string;
      /** How long the receiver asks to be left alone, in milliseconds. */
      readonly retryAfterMs: number | null;
      /** The receiver says that nothing is ever to be sent there again. */
      readonly isFinal: boolean;
    };

/**
 * Gets messages to receivers of one kind.
 *
 * It makes one attempt, which ends in a bounded time and soon after its signal aborts, and never throws for what the receiver
 * does.
 */
export type Sender = {
  /** How many events one message may carry. */
  readonly eventsMax: number;
  /** How long an event waits for others to go with it, in milliseconds. */
  readonly gatherMs: number;
  send(webhook: Webhook, message: Message, signal: AbortSignal): Promise<SendResult>;
};
export type Senders = Readonly<Record<WebhookKind, Sender>>;

/** Closes and opens secrets of the server. `name` says what for: what was closed for one thing does not open for another. */
export type Sealing = {
  seal(name: string, text: string): string;
  open(name: string, sealed: string): string;
};

/** Hears of every attempt. */
export type DeliveryProbe = (kind: WebhookKind, result: 'delivered' | 'failed') => void;

/** A failed attempt that may be made again. */
export function failed(error: string, retryAfterMs: number | null = null): SendResult {
  return { isDelivered: false, error, retryAfterMs, isFinal: false };
}
