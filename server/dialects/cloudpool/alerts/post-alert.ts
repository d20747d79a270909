import { request as requestPlain } from 'node:http';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { resultOfAnswer } from '../../../notifications/answer.ts';
import type { AnswerHead } from '../../../notifications/answer.ts';
import { failed } from '../../../notifications/contract.ts';
import type { SendResult } from '../../../notifications/contract.ts';
import type { Timers } from '../../../timers.ts';
import type { Credentials } from '../configuration/configuration.ts';

/** Durations are milliseconds. `tls`: the client's certificate, and whom it trusts. */
export type AlertPost = {
  readonly url: string;
  readonly body: string;
  readonly userAgent: string;
  readonly basic: Credentials | null;
  readonly tls: SecureContextOptions;
  readonly connectMs: number;
  readonly silenceMs: number;
};

type Answer = AnswerHead & { readonly challenge: string };

/**
 * Posts an alert. Credentials go only to who asks for them, by 401; a redirection is not followed, so that it goes where the
 * configuration says and nowhere else.
 *
 * Errors: none are thrown; what is told of a failure is free of secrets.
 */
export async function postAlert(timers: Timers, post: AlertPost, signal: AbortSignal): Promise<SendResult> {
  try {
    const first = await attempt(timers, post, { signal, headers: {} });
    const isAsked = first.status === 401 && /(^|[\s,])basic\b/i.test(first.challenge);
    if (!isAsked || post.basic === null) return resultOfAnswer(first);
    const { username, password } = post.basic;
    const token = Buffer.from(`${username}:${password}`).toString('base64');
    return resultOfAnswer(
      await attempt(timers, post, { signal, headers: { authorization: `Basic ${token}` } }),
    );
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const reason = code === 'ECONNREFUSED' ? 'nothing listens' : (code ?? message);
    return failed(`Nobody answers there: ${reason}.`);
  }
}

/** One request, up to the head of its answer. */
function attempt(
  timers: Timers,
  post: AlertPost,
  { signal, headers }: { signal: AbortSignal; headers: OutgoingHttpHeaders },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const isSecure = post.url.startsWith('https:');
  const sending = (isSecure ? requestSecure : requestPlain)(post.url, {
    ...(isSecure ? post.tls : {}),
    method: 'POST',
    agent: false,
    signal,
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'content-length': Buffer.byteLength(post.body),
      'user-agent': post.userAgent,
      ...headers,
    },
  });
  const cancel = limit(timers, sending, { ...post, isSecure });
  sending.on('response', (answer) => resolve(headOf(answer)));
  sending.on('error', reject);
  sending.end(post.body);
  return promise.finally(() => {
    cancel();
    sending.destroy();
  });
}

function headOf(answer: IncomingMessage): Answer {
  // What it has to say beyond its head is not read; that this ends it early is nobody's error.
  answer.on('error', () => {});
  const { statusCode = 0, headers } = answer;
  return {
    status: statusCode,
    retryAfter: headers['retry-after'] ?? null,
    challenge: headers['www-authenticate'] ?? '',
  };
}

/** Ends a request that does not connect, or is not answered, in time. */
function limit(
  timers: Timers,
  sending: ClientRequest,
  { connectMs, silenceMs, isSecure }: Pick<AlertPost, 'connectMs' | 'silenceMs'> & { isSecure: boolean },
): () => void {
  const end = (what: string, limitMs: number) => () =>
    void sending.destroy(new Error(`${what} within ${limitMs / 1_000} s`));
  let cancel = timers.set(connectMs, end('no connection', connectMs));
  sending.on('socket', (socket) =>
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      cancel();
      cancel = timers.set(silenceMs, end('no answer', silenceMs));
    }),
  );
  return () => cancel();
}
