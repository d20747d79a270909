import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** No load runs longer. */
const LOAD_WITHIN_MS = 15 * 60_000;

type Outcome<Output> = { readonly output: Output } | { readonly error: string };

/**
 * Runs a load in a process of its own, so that it takes no time from whoever measures beside it, and answers what it found.
 *
 * Errors: what the load failed with, or that its process ended without an answer.
 */
export async function runLoad<Input extends object, Output>(file: string, input: Input): Promise<Output> {
  const child = fork(join(import.meta.dirname, file), {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exit = once(child, 'exit');
  try {
    child.send(input);
    const signal = AbortSignal.timeout(LOAD_WITHIN_MS);
    const outcome = await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as Outcome<Output>),
      exit.then(([code]): Outcome<Output> => ({ error: `it ended with code ${String(code)} and no answer` })),
    ]);
    if ('error' in outcome) throw new Error(`${file}: ${outcome.error}`);
    return outcome.output;
  } finally {
    child.kill('SIGKILL');
    await exit;
  }
}

/** The other end: takes the input, runs the load and sends what it found. */
export function serveLoad<Input, Output>(load: (input: Input) => Promise<Output>): void {
  process.once('message', (input: Input) => {
    load(input).then(
      (output) => process.send?.({ output } satisfies Outcome<Output>),
      (error: Error) => process.send?.({ error: error.stack ?? error.message } satisfies Outcome<Output>),
    );
  });
}
