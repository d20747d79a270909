import type { HttpStepInput } from '../../schemas/steps/http.ts';

/** What is read of an answer. Bytes. */
export const BODY_BYTES_MAX = 1_024 * 1_024;
const REDIRECTIONS_MAX = 5;
const REDIRECTIONS: readonly number[] = [301, 302, 303, 307, 308];

export type Answer = {
  readonly status: number;
  readonly body: Buffer;
  readonly text: string;
  /** There was more of it than is read. */
  readonly isCut: boolean;
};

/** A redirection to another place: what the request carries is not for it. */
export class RedirectedElsewhere extends Error {
  override readonly name = 'RedirectedElsewhere';
}

/**
 * Sends one request and reads its answer, of which `BODY_BYTES_MAX` bytes.
 *
 * Redirections are followed where that is asked for, and only within one scheme, host and port.
 * Errors: those of the connection, `RedirectedElsewhere`, the reason of the signal.
 */
export async function sendRequest(
  input: HttpStepInput,
  idempotencyKey: string,
  signal: AbortSignal,
): Promise<Answer> {
  let url = new URL(input.url);
  let { method = 'GET' } = input;
  let body = input.json === undefined ? input.body : JSON.stringify(input.json);
  for (let hops = 0; ; hops += 1) {
    const response = await fetch(url, {
      method,
      headers: headersOf(input, idempotencyKey, body !== undefined),
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body }),
    });
    const location = response.headers.get('location');
    const isFollowed =
      input.followRedirects === true && REDIRECTIONS.includes(response.status) && location !== null;
    if (!isFollowed || hops === REDIRECTIONS_MAX) return readAnswer(response);
    await response.body?.cancel();
    const next = new URL(location, url);
    if (next.origin !== url.origin) {
      throw new RedirectedElsewhere(
        `${url.origin} redirects to ${next.origin}, which is not given what the request carries. Name that place in the url.`,
      );
    }
    url = next;
    if (response.status === 303 || (response.status < 303 && method === 'POST')) {
      method = method === 'HEAD' ? 'HEAD' : 'GET';
      body = undefined;
    }
  }
}

function headersOf(input: HttpStepInput, idempotencyKey: string, hasBody: boolean): Headers {
  const headers = new Headers({ 'user-agent': 'poolkeeper', 'idempotency-key': idempotencyKey });
  if (hasBody && input.json !== undefined) headers.set('content-type', 'application/json');
  // Said by hand, they win.
  for (const [name, value] of Object.entries(input.headers ?? {})) headers.set(name, value);
  return headers;
}

async function readAnswer(response: Response): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  let isCut = false;
  for await (const chunk of response.body ?? []) {
    const room = BODY_BYTES_MAX - size;
    const bytes = Buffer.from(chunk as Uint8Array);
    chunks.push(bytes.subarray(0, room));
    size += Math.min(room, bytes.length);
    if (bytes.length <= room) continue;
    // Leaving the loop hangs up.
    isCut = true;
    break;
  }
  const body = Buffer.concat(chunks);
  return { status: response.status, body, text: body.toString('utf8'), isCut };
}
