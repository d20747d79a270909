import { lostAnswer } from '../answer.ts';
import type { Unanswered } from '../answer.ts';
import { pauseMs } from '../api.ts';
import type { Api, CallOptions } from '../api.ts';
import type { ApiError, NoAnswerError } from '../errors.ts';
import { openStream } from './open-stream.ts';
import type { AskForStream } from './open-stream.ts';
import { readStream } from './read-stream.ts';

/** Tries to connect before there was any stream: an address that is wrong is told soon. */
const FIRST_ATTEMPTS_MAX = 5;
/** How long a server may be away before a stream that was there is given up, in milliseconds. */
const SILENCE_MS_MAX = 10 * 60_000;
/** Pauses grow no further after so many failures in a row. */
const GROWING_FAILURES_MAX = 7;

export type FollowOptions = CallOptions & {
  /** Told when the connection was cut and is going to be made again. */
  readonly onCut?: ((error: ApiError | NoAnswerError) => void) | undefined;
};

export type StreamInput = FollowOptions & {
  /** Asks for what is numbered above `after`; from where the server begins where nothing is said. */
  readonly askAfter: (after: number | undefined) => AskForStream;
  readonly after: number | undefined;
};

/**
 * What a stream says, in order, over as many connections as that takes: nothing is lost or comes twice. It ends when the
 * server says that there is no more.
 */
export async function* followStream<T extends { readonly seq: number }>(
  api: Api,
  { askAfter, signal, onCut, ...input }: StreamInput,
): AsyncGenerator<T, void, undefined> {
  const { url, system } = api;
  let { after } = input;
  let retryMs = 0;
  let failures = 0;
  let heardAt: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    using connection = openConnection(signal);
    const outcome = await openStream(api, askAfter(after), connection);
    let cut: Unanswered;
    if (outcome.isAnswered) {
      try {
        for await (const message of readStream<T>(system, outcome.data, connection)) {
          heardAt = system.now();
          failures = 0;
          if (message.kind === 'end') return;
          if (message.kind === 'retry') retryMs = message.delayMs;
          if (message.kind === 'place') after = message.seq;
          if (message.kind !== 'event' || message.event.seq <= (after ?? 0)) continue;
          after = message.event.seq;
          yield message.event;
        }
        cut = lostAnswer(url, undefined, 'the stream ended');
      } catch (cause) {
        cut = lostAnswer(url, cause);
      }
    } else {
      cut = outcome;
    }
    signal?.throwIfAborted();
    failures += 1;
    const isGivenUp =
      heardAt === undefined ? failures >= FIRST_ATTEMPTS_MAX : system.now() - heardAt > SILENCE_MS_MAX;
    if (!cut.isPassing || isGivenUp) throw cut.error;
    onCut?.(cut.error);
    const delayMs = pauseMs(system, Math.min(failures, GROWING_FAILURES_MAX), cut);
    // Many listeners lose one server at once: they come again spread over its pause.
    await system.sleep(Math.max(delayMs, retryMs * (1 - system.random() / 2)), signal);
  }
}

/** A controller that the signal aborts too, until it is disposed; that hangs up. */
function openConnection(signal: AbortSignal | undefined): AbortController & Disposable {
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', follow, { once: true });
  return Object.assign(controller, {
    [Symbol.dispose]() {
      signal?.removeEventListener('abort', follow);
      controller.abort();
    },
  });
}
