import type { Webhook } from '@poolkeeper/core';
import { Webhook as Signer } from 'standardwebhooks';
import type { Clock, Timers } from '../timers.ts';
import { resultOfAnswer } from './answer.ts';
import { failed } from './contract.ts';
import type { Message, Sealing, Sender, SendResult } from './contract.ts';
import { bodyOf } from './message.ts';
import type { ViewEvent } from './message.ts';

/** How long a receiver may take to answer, in milliseconds. */
const ANSWER_MS_MAX = 15_000;

export type HttpSenderParts = {
  readonly sealing: Sealing;
  readonly view: ViewEvent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly version: string;
};

/** The name that the signing secret of a webhook is sealed under. */
export function secretName(webhook: string): string {
  return `webhook/${webhook}`;
}

/**
 * Sends by HTTP, signed by the Standard Webhooks scheme, one event each time. Any 2xx is an answer that it came; redirections
 * are not followed, so that it goes where an admin said and nowhere else.
 */
export function createHttpSender(parts: HttpSenderParts): Sender {
  return {
    eventsMax: 1,
    gatherMs: 0,
    send: async (webhook, message, signal) => {
      const headers = headersOf(parts, webhook, message);
      if (headers === undefined) {
        return failed('Its signing secret cannot be opened with the key of this server. Set a new secret.');
      }
      return post(parts, { url: webhook.to[0] ?? '', ...headers }, signal);
    },
  };
}

type Post = { readonly url: string; readonly body: string; readonly headers: Record<string, string> };

function headersOf(
  { sealing, view, clock, version }: HttpSenderParts,
  { name, sealedSecret }: Webhook,
  message: Message,
): Omit<Post, 'url'> | undefined {
  const body = bodyOf(message, view);
  const now = clock.now();
  let signature: string;
  try {
    const secret = sealing.open(secretName(name), sealedSecret ?? '');
    signature = new Signer(secret).sign(message.id, new Date(now), body);
  } catch {
    // What it says may show the secret.
    return undefined;
  }
  const headers = {
    'content-type': 'application/json',
    'user-agent': `poolkeeper/${version}`,
    'webhook-id': message.id,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'webhook-signature': signature,
  };
  return { body, headers };
}

async function post(
  { timers }: HttpSenderParts,
  { url, body, headers }: Post,
  signal: AbortSignal,
): Promise<SendResult> {
  const late = new AbortController();
  const cancel = timers.set(ANSWER_MS_MAX, () => late.abort());
  try {
    const ends = AbortSignal.any([signal, late.signal]);
    const answer = await fetch(url, { method: 'POST', redirect: 'manual', signal: ends, headers, body });
    // What it has to say beyond its status is not read.
    await answer.body?.cancel();
    return resultOfAnswer({ status: answer.status, retryAfter: answer.headers.get('retry-after') });
  } catch (error) {
    if (late.signal.aborted) return failed(`It did not answer within ${ANSWER_MS_MAX / 1_000} s.`);
    return failed(`Nobody answers there: ${reasonOf(error)}.`);
  } finally {
    cancel();
  }
}

/** `fetch` says "fetch failed", and why in the cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  if (cause?.code === 'ECONNREFUSED') return 'nothing listens';
  return cause?.code ?? cause?.message ?? 'the request failed';
}
