import type { JsonObject, WorldEvent } from '@poolkeeper/core';
import type { Content, Message } from './contract.ts';

/** Bytes of one message to a webhook. An event that is larger comes without its `data`. */
export const BODY_BYTES_MAX = 64 * 1_024;

/** An event as the API shows it. */
export type ViewEvent = (event: WorldEvent) => JsonObject;

/**
 * The message of what is next in line. Its id hangs on that alone, so that what is sent again has the same one; the instant in
 * it tells events apart that have one number in two lives of a world, as after a backup was put back.
 */
export function messageOf(content: Exclude<Content, { kind: 'test' }>, now: number): Message {
  if (content.kind === 'gap') return { id: `msg_gap_${content.from}_${content.to}`, at: now, content };
  const [first] = content.events as readonly [WorldEvent, ...WorldEvent[]];
  const count = content.events.length === 1 ? '' : `_${content.events.length}`;
  return { id: `msg_${first.seq}_${first.at.toString(36)}${count}`, at: first.at, content };
}

/**
 * The body of a message to a webhook: `type`, `timestamp` and `data`, as the Standard Webhooks scheme has it.
 *
 * Shape: one event, at most `BODY_BYTES_MAX` bytes.
 */
export function bodyOf(message: Message, view: ViewEvent): string {
  const { content } = message;
  const timestamp = new Date(message.at).toISOString();
  if (content.kind === 'test') return JSON.stringify({ type: 'webhook.test', timestamp, data: {} });
  if (content.kind === 'gap') {
    const { from, to } = content;
    const gap = { from, to, count: to - from + 1 };
    return JSON.stringify({ type: 'webhook.gap', timestamp, data: { gap } });
  }
  const [event] = content.events as readonly [WorldEvent, ...WorldEvent[]];
  const data = view(event);
  const body = JSON.stringify({ type: event.type, timestamp, data });
  if (Buffer.byteLength(body) <= BODY_BYTES_MAX) return body;
  return JSON.stringify({ type: event.type, timestamp, data: { ...data, data: {}, isShortened: true } });
}
