import { lostAnswer, readAnswer } from '../answer.ts';
import type { Outcome, Sent } from '../answer.ts';
import { ANSWER_MS_MAX } from '../api.ts';
import type { Api } from '../api.ts';
import { startDeadline } from '../deadline.ts';

const STREAM_TYPE = 'text/event-stream';

/** Sends the request for a stream. */
export type AskForStream = (init: {
  readonly headers: Readonly<Record<string, string>>;
  readonly parseAs: 'stream';
  readonly signal: AbortSignal;
}) => Promise<Sent<unknown>>;

/** Asks once for a stream. `connection` ends it, and the wait for it. */
export async function openStream(
  { url, system }: Api,
  ask: AskForStream,
  connection: AbortController,
): Promise<Outcome<ReadableStream<Uint8Array>>> {
  using deadline = startDeadline(system, ANSWER_MS_MAX);
  // For the head of the answer alone: what follows has no end.
  const hangUp = (): void => connection.abort(deadline.signal.reason);
  deadline.signal.addEventListener('abort', hangUp, { once: true });
  try {
    const { response, ...sent } = await ask({
      headers: { accept: STREAM_TYPE },
      parseAs: 'stream',
      signal: connection.signal,
    });
    const isStream = response.headers.get('content-type')?.startsWith(STREAM_TYPE) === true;
    const body = sent.data as unknown as ReadableStream<Uint8Array> | null | undefined;
    return readAnswer(url, { response, error: sent.error, data: isStream ? (body ?? undefined) : undefined });
  } catch (cause) {
    const late = `no answer came within ${ANSWER_MS_MAX / 1_000} s`;
    return lostAnswer(url, cause, deadline.isOver ? late : undefined);
  }
}
