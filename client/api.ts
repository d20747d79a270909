import createClient from 'openapi-fetch';
import { lostAnswer, readAnswer } from './answer.ts';
import type { Outcome, Sent, Unanswered } from './answer.ts';
import type { paths } from './api.gen.ts';
import { startDeadline } from './deadline.ts';
import type { Http } from './http.ts';
import type { System } from './system.ts';

/** How often one request is sent, the first time included. */
const ATTEMPTS_MAX = 5;
/** The first pause; each one after it is twice as long, and up to half of it is left to chance. Milliseconds. */
const PAUSE_MS_FIRST = 200;
/** The longest pause that a server may ask for, in milliseconds. */
const PAUSE_MS_MAX = 30_000;
/** How long an answer may take beyond what the server was asked to wait, in milliseconds. */
export const ANSWER_MS_MAX = 30_000;

/** What every call takes. */
export type CallOptions = {
  /** Ends the call; it then rejects with the signal's reason. What was asked for may have happened all the same. */
  readonly signal?: AbortSignal | undefined;
};

/** What a change of something that has a version takes. */
export type ChangeOptions = CallOptions & {
  /** The `version` that the change is for: it is refused with `version_mismatch` if another change came between. */
  readonly ifVersion?: number | undefined;
};

/** How to ask: `waitMs` is how long the server was asked to wait, in milliseconds. */
export type AskOptions = CallOptions & { readonly waitMs?: number | undefined };

/** Sends a request once. */
export type Send<T> = (init: { readonly signal: AbortSignal }) => Promise<Sent<T>>;

/** A server's API: where requests are sent, and how often. */
export type Api = {
  readonly url: string;
  readonly system: System;
  readonly http: Http;
};

export type ApiOptions = {
  readonly url: string;
  readonly token?: string | null | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly userAgent?: string | undefined;
};

/** Errors: `TypeError` for a `url` that is no address of a server. */
export function createApi(options: ApiOptions, system: System): Api {
  const { token, userAgent, fetch = globalThis.fetch } = options;
  const url = requireUrl(options.url);
  const http = createClient<paths>({
    baseUrl: url,
    fetch: (request) => fetch(request),
    // A redirection would take the token to somewhere else.
    redirect: 'manual',
    headers: {
      accept: 'application/json',
      ...(token === undefined || token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
    },
  });
  return { url, system, http: http as unknown as Http };
}

/**
 * Sends what is as good twice as once: again when no answer came, and when the server says that it cannot answer now.
 *
 * Errors: `ApiError` for a refusal, `NoAnswerError` when no answer came in all attempts.
 */
export async function repeat<T>(api: Api, send: Send<T>, options: AskOptions = {}): Promise<T> {
  const { system } = api;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(api, send, options);
    if (outcome.isAnswered) return outcome.data;
    if (attempt >= ATTEMPTS_MAX || !outcome.isPassing) throw outcome.error;
    await system.sleep(pauseMs(system, attempt, outcome), options.signal);
  }
}

/** Sends what must not happen twice, and cannot be told apart when it does. Errors: as `repeat`. */
export async function once<T>(api: Api, send: Send<T>, options: AskOptions = {}): Promise<T> {
  const outcome = await attemptOnce(api, send, options);
  if (outcome.isAnswered) return outcome.data;
  throw outcome.error;
}

/** A change for a version is sent once: after a lost answer its own success would be held against it. */
export function change<T>(api: Api, send: Send<T>, options: ChangeOptions = {}): Promise<T> {
  return options.ifVersion === undefined ? repeat(api, send, options) : once(api, send, options);
}

/** The header of a change that is for a version. */
export function ifMatch({ ifVersion }: ChangeOptions = {}): { readonly 'If-Match'?: string } {
  return ifVersion === undefined ? {} : { 'If-Match': `"${ifVersion}"` };
}

/** How long to wait after an attempt that failed, in milliseconds. */
export function pauseMs(
  { random }: Pick<System, 'random'>,
  attempt: number,
  { error }: Pick<Unanswered, 'error'>,
): number {
  const backoffMs = PAUSE_MS_FIRST * 2 ** (attempt - 1) * (1 - random() / 2);
  const askedMs = 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  return Math.min(askedMs ?? backoffMs, PAUSE_MS_MAX);
}

async function attemptOnce<T>(
  { url, system }: Api,
  send: Send<T>,
  { signal, waitMs = 0 }: AskOptions,
): Promise<Outcome<T>> {
  signal?.throwIfAborted();
  using deadline = startDeadline(system, ANSWER_MS_MAX + waitMs, signal);
  try {
    return readAnswer(url, await send({ signal: deadline.signal }));
  } catch (cause) {
    signal?.throwIfAborted();
    const late = `no answer came within ${(ANSWER_MS_MAX + waitMs) / 1_000} s`;
    return lostAnswer(url, cause, deadline.isOver ? late : undefined);
  }
}

/** Without a slash at its end, so that paths can follow. */
function requireUrl(text: string): string {
  const url = URL.parse(text);
  const isOurs = url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  if (isOurs && url.username === '' && url.password === '') {
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  }
  throw new TypeError(
    `${JSON.stringify(text)} is not the address of a server. Give it as http://HOST:PORT or https://HOST:PORT.`,
  );
}
