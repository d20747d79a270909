import type { Json } from '@poolkeeper/core';
import { sleep } from '../../timers.ts';
import type { Clock, Random, Timers } from '../../timers.ts';
import { parseAnswer, readText, reasonOfSilence } from '../answer-text.ts';
import { ProviderTransient } from '../contract.ts';

/** A page of a hundred instances with all that is said of them is smaller. */
const ANSWER_BYTES_MAX = 16 * 1_024 * 1_024;
/** A call that is throttled, failed by the service or not answered is made so often. */
const TRIES_MAX = 5;
/** Back-off: the first pause, doubled each time; no service is waited for longer than the longest. Milliseconds. */
const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 60_000;
const HTTP_TOO_MANY = 429;
const HTTP_FAILED = 500;

/** How services are called. */
export type Wire = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** How long one answer may take, in milliseconds. */
  readonly answerMsMax: number;
};

export type Exchange = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Sent as a form, in place of a body. */
  readonly form?: Readonly<Record<string, string>>;
  /** Made once only: what it makes would be made twice. */
  readonly once?: true;
};

export type Answer = {
  readonly status: number;
  /** Null where it was no JSON: then something else than the service answered, or nothing was to be said. */
  readonly body: Json;
};

/** There is no machine of that name. A region in which a service is not offered has none. */
export class NoSuchAddress extends ProviderTransient {}

type Raw = Answer & { readonly retryAfter: string | null };

/**
 * Calls a service; again, after a pause that grows or that the service asks for, when it throttles, fails or says nothing.
 *
 * Errors: `ProviderTransient` when nobody answers, or not in time, or too much; the signal's reason. What is answered in the end, a
 * failure too, is the caller's to judge. Messages name the address without its query, and nothing that was sent.
 */
export async function exchange(wire: Wire, call: Exchange, signal: AbortSignal): Promise<Answer> {
  const triesMax = call.once === true ? 1 : TRIES_MAX;
  for (let tries = 1; ; tries += 1) {
    const answer = await exchangeOnce(wire, call, signal).catch((error: unknown) => {
      const isSilence = error instanceof ProviderTransient && !(error instanceof NoSuchAddress);
      if (tries === triesMax || !isSilence) throw error;
      return undefined;
    });
    const passes = answer === undefined || answer.status === HTTP_TOO_MANY || answer.status >= HTTP_FAILED;
    if (answer !== undefined && (!passes || tries === triesMax)) return answer;
    const pauseMs = pauseFor(wire, answer?.retryAfter ?? null, tries);
    if (pauseMs > PAUSE_MS_MAX && answer !== undefined) return answer;
    await sleep(wire.timers, pauseMs, signal);
  }
}

async function exchangeOnce(wire: Wire, call: Exchange, signal: AbortSignal): Promise<Raw> {
  const late = new AbortController();
  const cancel = wire.timers.set(wire.answerMsMax, () => late.abort());
  try {
    const response = await fetch(call.url, {
      method: call.method,
      // A token must not follow a redirect to somebody else.
      redirect: 'error',
      signal: AbortSignal.any([signal, late.signal]),
      ...contentOf(call),
    });
    const text = await readText(response, ANSWER_BYTES_MAX);
    return {
      status: response.status,
      body: parseAnswer(text),
      retryAfter: response.headers.get('retry-after'),
    };
  } catch (error) {
    signal.throwIfAborted();
    const reason = reasonOfSilence(error);
    if (reason === 'ENOTFOUND') throw new NoSuchAddress(`${nameOf(call)}: there is no such address.`);
    const happened = late.signal.aborted
      ? `IBM Cloud did not answer ${nameOf(call)} within ${wire.answerMsMax / 1_000} s.`
      : `IBM Cloud does not answer ${nameOf(call)}: ${reason}.`;
    // No cause: what fetch throws may hold what was sent.
    throw new ProviderTransient(`${happened} See that this address can be reached from this server.`);
  } finally {
    cancel();
  }
}

function contentOf(call: Exchange): { headers: Record<string, string>; body?: string } {
  const headers = { accept: 'application/json', ...call.headers };
  if (call.form !== undefined) {
    const type = 'application/x-www-form-urlencoded';
    return { headers: { ...headers, 'content-type': type }, body: new URLSearchParams(call.form).toString() };
  }
  if (call.body === undefined) return { headers };
  return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(call.body) };
}

/** The call as people are told it. */
export function nameOf({ method, url }: Pick<Exchange, 'method' | 'url'>): string {
  return `${method} ${url.split('?')[0]}`;
}

/** What the service asks for, in seconds or as a date; else a back-off, spread by chance. */
function pauseFor({ clock, random }: Wire, retryAfter: string | null, tries: number): number {
  if (retryAfter !== null) {
    const seconds = Number(retryAfter);
    if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1_000;
    const instant = Date.parse(retryAfter);
    if (Number.isFinite(instant)) return Math.max(0, instant - clock.now());
  }
  const pauseMs = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** (tries - 1));
  return pauseMs / 2 + (random() * pauseMs) / 2;
}
