import type { Json } from '@poolkeeper/core';
import type { Logger } from '../../logger.ts';
import { sleep } from '../../timers.ts';
import type { Clock, Timers } from '../../timers.ts';
import { ProviderTransient } from '../contract.ts';
import { parseAnswer, readText, reasonOfSilence } from '../answer-text.ts';

/** A page of servers with all their metadata is smaller. */
const ANSWER_BYTES_MAX = 32 * 1_024 * 1_024;
/** Throttled, a call waits so often, and so long each time, before it is left to the next attempt. */
const THROTTLED_TRIES_MAX = 5;
const RETRY_AFTER_MS_MAX = 5_000;
const RETRY_AFTER_MS_DEFAULT = 1_000;

/** How services of a cloud are called. */
export type Wire = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** How long one answer may take, in milliseconds. */
  readonly answerMsMax: number;
  readonly logHttpRequests: boolean;
};

export type Exchange = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
};

export type Answer = {
  readonly status: number;
  /** Null where it was no JSON: then something else than a service of a cloud answered, and its status counts alone. */
  readonly body: Json;
  readonly headers: Headers;
};

/**
 * Calls a service of a cloud, again when it throttles, as soon as it says that this is worth it.
 *
 * Errors: `ProviderTransient` when nobody answers, or not in time, or too much, or it throttles on and on; the signal's reason.
 * Messages name the address without its query, and nothing that was sent.
 */
export async function exchange(wire: Wire, call: Exchange, signal: AbortSignal): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await exchangeOnce(wire, call, signal);
    const retryAfterMs = throttledFor(answer);
    if (retryAfterMs === null) return answer;
    if (tries === THROTTLED_TRIES_MAX || retryAfterMs > RETRY_AFTER_MS_MAX) {
      throw new ProviderTransient(
        `The cloud throttles ${nameOf(call)}: it takes fewer calls than are made of it. Set limits.rate of the provider lower, or ask the cloud for more.`,
      );
    }
    await sleep(wire.timers, retryAfterMs, signal);
  }
}

async function exchangeOnce(wire: Wire, call: Exchange, signal: AbortSignal): Promise<Answer> {
  const late = new AbortController();
  const cancel = wire.timers.set(wire.answerMsMax, () => late.abort());
  const startedAt = wire.clock.now();
  try {
    const response = await fetch(call.url, {
      method: call.method,
      // A token must not follow a redirect to somebody else.
      redirect: 'error',
      signal: AbortSignal.any([signal, late.signal]),
      headers: {
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    const body = parseAnswer(await readText(response, ANSWER_BYTES_MAX));
    if (wire.logHttpRequests) {
      const fields = { call: nameOf(call), status: response.status, tookMs: wire.clock.now() - startedAt };
      wire.logger.info(fields, 'the cloud answered');
    }
    return { status: response.status, body, headers: response.headers };
  } catch (error) {
    signal.throwIfAborted();
    const happened = late.signal.aborted
      ? `The cloud did not answer ${nameOf(call)} within ${wire.answerMsMax / 1_000} s.`
      : `The cloud does not answer ${nameOf(call)}: ${reasonOfSilence(error)}.`;
    // No cause: what fetch throws may hold what was sent.
    throw new ProviderTransient(`${happened} See that it is up and can be reached from this server.`);
  } finally {
    cancel();
  }
}

/** The call as people are told it. */
export function nameOf({ method, url }: Pick<Exchange, 'method' | 'url'>): string {
  return `${method} ${url.split('?')[0]}`;
}

/** How long to wait before another try, or null where the answer does not ask for that. Nova says it with 413, all others with 429. */
function throttledFor({ status, headers }: Answer): number | null {
  const after = headers.get('retry-after');
  if (status !== 429 && !(status === 413 && after !== null)) return null;
  const seconds = Number(after ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : RETRY_AFTER_MS_DEFAULT;
}
