import { sleep } from '../../timers.ts';
import type { Timers } from '../../timers.ts';
import { StepRefused } from '../contract.ts';
import type { StepTools } from '../contract.ts';
import { BoundedOutput } from '../output-bound.ts';
import { Demultiplexer } from './demultiplexer.ts';
import { EngineLost, statusOf, wordsOf } from './engine.ts';
import type { Engine } from './engine.ts';
import type { OurContainer } from './ensure-container.ts';

/** How long a container may take to end after SIGTERM, before SIGKILL. Seconds, as engines have it. */
const TERM_GRACE_S = 2;
/** How long the end of a container that was told to end is waited for. Milliseconds. */
const END_MS_MAX = 8_000;
/** How long the rest of the output of an ended container is waited for. Milliseconds. */
const LINGER_MS = 2_000;
/** How often the engine is asked whether it is still there, and how long it may take. Milliseconds. */
const PING_MS = 5_000;
const PINGS_MAX = 3;
/** How often, and how many times, it is looked whether a container has ended whose output is over. Milliseconds. */
const LOOK_AGAIN_MS = 100;
const LOOKS_MAX = 20;

/** How a container ended. */
export type ContainerEnd = {
  readonly code: number;
  readonly isOutOfMemory: boolean;
  /** The image that it was made of, as a digest. */
  readonly image: string;
  /** That it put out too much, in words; null when it did not. */
  readonly outputFault: string | null;
};

export type Following = {
  readonly timers: Timers;
  readonly tools: StepTools;
  /** What the container may put out, in bytes. */
  readonly outputBytesMax: number;
};

/**
 * Starts a container, unless an earlier attempt did, hands on what it puts out, from its beginning, and waits for its end.
 *
 * Errors: `StepRefused` when it cannot be started as it is; `EngineLost` when nobody knows what becomes of it; the signal's
 * reason, once the container was told to end.
 */
export async function followContainer(
  engine: Engine,
  { container, isAdopted }: OurContainer,
  { timers, tools: { signal, output }, outputBytesMax }: Following,
): Promise<ContainerEnd> {
  using over = new Ending();
  const stop = (): void => {
    void engine
      .ask(over.signal, (abortSignal) => container.stop({ t: TERM_GRACE_S, abortSignal }))
      .catch(() => {});
  };
  const bounded = new BoundedOutput({ output, bytesMax: outputBytesMax, onTooMuch: stop });
  const frames = new Demultiplexer((stream, chunk) => bounded.write(stream, chunk));
  const stream = await engine.ask(signal, (asked) =>
    listen(container, { isAdopted, asked, over: over.signal }),
  );
  const drained = new Promise<void>((resolve) => {
    stream
      .on('end', resolve)
      .on('close', resolve)
      .on('error', () => resolve());
  });
  stream.on('data', (chunk: Buffer) => frames.take(chunk));
  if (!isAdopted) await start(engine, { container, isAdopted }, signal);

  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const code = await Promise.race([
      exitOf(engine, container, over.signal),
      endAfter(drained, { engine, container, timers }, over.signal),
      lossOf(engine, { container, timers }, over.signal),
      lateness(timers, signal, over.signal),
    ]);
    // Work that was done before the abort counts.
    if (code !== 0) signal.throwIfAborted();
    await Promise.race([drained, sleep(timers, LINGER_MS, over.signal)]);
    const { State: state, Image: image } = await engine.ask(over.signal, (abortSignal) =>
      container.inspect({ abortSignal }),
    );
    return {
      code: state.ExitCode,
      isOutOfMemory: state.OOMKilled,
      image,
      outputFault: bounded.isTooMuch ? bounded.fault : null,
    };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Opens the output of a container. It is open until the container's end is known, also after an abort: output that is cut looks
 * like an engine that is lost.
 */
async function listen(
  container: OurContainer['container'],
  {
    isAdopted,
    asked,
    over,
  }: { readonly isAdopted: boolean; readonly asked: AbortSignal; readonly over: AbortSignal },
): Promise<NodeJS.ReadableStream> {
  const unanswered = new AbortController();
  const giveUp = (): void => unanswered.abort(asked.reason);
  asked.addEventListener('abort', giveUp, { once: true });
  const abortSignal = AbortSignal.any([over, unanswered.signal]);
  try {
    const streams = { stdout: true, stderr: true, abortSignal } as const;
    return isAdopted
      ? await container.logs({ ...streams, follow: true })
      : await container.attach({ ...streams, stream: true });
  } finally {
    asked.removeEventListener('abort', giveUp);
  }
}

/** Aborts what is still under way when its scope is left. */
class Ending implements Disposable {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;

  [Symbol.dispose](): void {
    this.#controller.abort(new Error('the container is no longer followed'));
  }
}

async function start(engine: Engine, { container }: OurContainer, signal: AbortSignal): Promise<void> {
  try {
    await engine.ask(signal, (abortSignal) => container.start({ abortSignal }));
  } catch (error) {
    const status = statusOf(error);
    // Started already: the answer to an earlier call was lost.
    if (status === 304) return;
    if (status === undefined) throw error;
    const words = `The engine at ${engine.address} cannot start the container: ${wordsOf(error)}. Correct the step's command, user or image.`;
    if (status === 400 || status === 404) throw new StepRefused(words, { cause: error });
    throw new Error(words, { cause: error });
  }
}

/** Resolves with the exit code. */
async function exitOf(
  engine: Engine,
  container: OurContainer['container'],
  over: AbortSignal,
): Promise<number> {
  try {
    const { StatusCode: code } = (await container.wait({ abortSignal: over })) as { StatusCode: number };
    return code;
  } catch (error) {
    if (statusOf(error) === undefined) throw new EngineLost(engine.address, error as Error);
    throw new Error(
      `The container went away while it ran: ${wordsOf(error)}. Somebody removed it; leave containers named poolkeeper-step-… alone.`,
      { cause: error },
    );
  }
}

/**
 * Resolves with the exit code, once the output is over. An engine that crashes cuts the output and leaves the question for the
 * exit code without any answer, also when it is back at once: the rest of the output is then for the next attempt.
 */
async function endAfter(
  drained: Promise<void>,
  {
    engine,
    container,
    timers,
  }: {
    readonly engine: Engine;
    readonly container: OurContainer['container'];
    readonly timers: Timers;
  },
  over: AbortSignal,
): Promise<number> {
  await drained;
  for (let looked = 0; looked < LOOKS_MAX; looked += 1) {
    const { State: state } = await engine.ask(over, (abortSignal) => container.inspect({ abortSignal }));
    if (!state.Running) return state.ExitCode;
    await sleep(timers, LOOK_AGAIN_MS, over);
  }
  throw new EngineLost(engine.address, new Error('it cut the output of the container'));
}

/** Rejects when the engine answers no more: a host without power ends no connection. */
async function lossOf(
  engine: Engine,
  { container, timers }: { readonly container: OurContainer['container']; readonly timers: Timers },
  over: AbortSignal,
): Promise<never> {
  for (let missed = 0; ;) {
    await sleep(timers, PING_MS, over);
    try {
      await engine.ask(over, (abortSignal) => container.inspect({ abortSignal }), PING_MS);
      missed = 0;
    } catch (error) {
      if (!(error instanceof EngineLost)) continue;
      missed += 1;
      if (missed === PINGS_MAX) throw error;
    }
  }
}

/** Rejects with the signal's reason when a container that was told to end has not done so. */
function lateness(timers: Timers, signal: AbortSignal, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const wait = (): void => {
      void sleep(timers, END_MS_MAX, over).then(
        () => reject(signal.reason as Error),
        () => {},
      );
    };
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true });
  });
}
