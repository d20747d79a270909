import type { Json } from '@poolkeeper/core';
import { sleep } from '../../timers.ts';
import type { Timers } from '../../timers.ts';
import { ProviderTransient } from '../contract.ts';
import { parseAnswer, readText, reasonOfSilence } from '../answer-text.ts';

/** A page of machines with every tag that is allowed is smaller. */
const ANSWER_BYTES_MAX = 32 * 1_024 * 1_024;
/** Throttled, a call waits so often, and so long each time, before it is left to the next attempt. Milliseconds. */
const THROTTLED_TRIES_MAX = 5;
const RETRY_AFTER_MS_MAX = 5_000;
const RETRY_AFTER_MS_DEFAULT = 1_000;

export type CloudCall = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: Json;
  /** How long one answer may take, in milliseconds. */
  readonly answerMsMax: number;
};

export type CloudAnswer = { readonly status: number; readonly body: Json };

/**
 * Calls the cloud, again when it throttles, as soon as it says that this is worth it.
 *
 * Errors: `ProviderTransient` when nobody answers, or not in time, or nothing that can be read, or throttles on and on; the
 * signal's reason.
 */
export async function callCloud(
  place: { readonly url: string; readonly timers: Timers },
  call: CloudCall,
  signal: AbortSignal,
): Promise<CloudAnswer> {
  for (let tries = 1; ; tries += 1) {
    const { answer, retryAfterMs } = await exchange(place, call, signal);
    if (answer.status !== 429) return answer;
    if (tries === THROTTLED_TRIES_MAX || retryAfterMs > RETRY_AFTER_MS_MAX) {
      throw new ProviderTransient(
        `The cloud at ${place.url} throttles ${call.method} ${call.path}: it takes fewer calls than this server makes.`,
      );
    }
    await sleep(place.timers, retryAfterMs, signal);
  }
}

async function exchange(
  { url, timers }: { readonly url: string; readonly timers: Timers },
  { method, path, body, answerMsMax }: CloudCall,
  signal: AbortSignal,
): Promise<{ answer: CloudAnswer; retryAfterMs: number }> {
  const late = new AbortController();
  const cancel = timers.set(answerMsMax, () => late.abort());
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.any([signal, late.signal]),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await readText(response, ANSWER_BYTES_MAX);
    const answer = { status: response.status, body: parseAnswer(text) };
    return { answer, retryAfterMs: retryAfterOf(response) };
  } catch (error) {
    signal.throwIfAborted();
    const what = `${method} ${path.split('?')[0]}`;
    const happened = late.signal.aborted
      ? `The cloud at ${url} did not answer ${what} within ${answerMsMax / 1_000} s.`
      : `No cloud answers ${what} at ${url}: ${reasonOfSilence(error)}.`;
    const advice = 'See that "poolkeeper cloud-simulator" runs there, or correct the url of the provider.';
    throw new ProviderTransient(`${happened} ${advice}`, { cause: error });
  } finally {
    cancel();
  }
}

function retryAfterOf(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : RETRY_AFTER_MS_DEFAULT;
}
