import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { sleep } from '../timers.ts';
import type { Timers } from '../timers.ts';
import { endGroup } from './process-group.ts';

/** How long the output of a program that has ended may stay open, since something that it started holds it. Milliseconds. */
export const OUTPUT_LINGER_MS = 500;

export type ProgramCall = {
  /** The program and its arguments, as the system takes them: there is no shell between. */
  readonly command: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads from standard input. */
  readonly input: string;
  /** How long it may run, in milliseconds; null where the signal alone ends it. */
  readonly limitMs: number | null;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  /** Takes what it writes to standard output, as it comes; false ends it, since that is too much. */
  readonly onOutput: (chunk: Buffer) => boolean;
  /** Takes what it writes to standard error, as it comes. */
  readonly onLog: (chunk: Buffer) => void;
};

/** How a program ended, and why it was made to, when it was. */
export type ProgramEnd = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly cut: 'time' | 'output' | null;
  /** It did not heed SIGTERM. */
  readonly wasKilled: boolean;
  /** Something that it started, and that left its process group, still holds its output. */
  readonly isOutputHeld: boolean;
};

/**
 * Runs a program to its end, in a process group of its own, of which nothing is left running afterwards.
 *
 * It is ended when its time is over, when it writes too much, and when the signal aborts.
 * Errors: that of starting it (`ENOENT`, …); the signal's reason, once nothing of the program runs any more.
 */
export async function runProgram(call: ProgramCall): Promise<ProgramEnd> {
  const { timers, signal } = call;
  signal.throwIfAborted();
  const { child, started, exited, closed } = start(call);
  let cut: ProgramEnd['cut'] = null;
  let ending: ReturnType<typeof endGroup> | undefined;
  const end = (why: ProgramEnd['cut']): void => {
    if (ending !== undefined || child.pid === undefined) return;
    cut = why;
    ending = endGroup(child.pid, timers);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    if (!call.onOutput(chunk)) end('output');
  });
  child.stderr.on('data', call.onLog);
  await started;
  const cancelLimit = call.limitMs === null ? () => {} : timers.set(call.limitMs, () => end('time'));
  let isAborted = false;
  const onAbort = (): void => {
    isAborted = true;
    end(null);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();

  const exit = await exited;
  cancelLimit();
  signal.removeEventListener('abort', onAbort);
  // What left the group may hold the output for ever; what is in the pipes already is read before.
  const isClosed = await Promise.race([closed, linger(timers, closed)]);
  end(null);
  const ended = await ending;
  child.stdout.destroy();
  child.stderr.destroy();
  // An answer that was complete before the abort counts.
  if (isAborted) signal.throwIfAborted();
  return {
    ...exit,
    cut,
    wasKilled: ended?.wasKilled === true,
    isOutputHeld: !isClosed,
  };
}

type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

function start({ command, directory, environment, input }: ProgramCall): {
  child: ChildProcessWithoutNullStreams;
  started: Promise<void>;
  exited: Promise<Exit>;
  closed: Promise<true>;
} {
  const [program = '', ...args] = command;
  // A leader of a group of its own: so its children can be ended with it, and Ctrl-C at the server is the server's alone.
  const child = spawn(program, args, { cwd: directory, env: environment, detached: true });
  // A program need not read what it is told.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise<true>((resolve) => {
    child.once('close', () => resolve(true));
  });
  return { child, started, exited, closed };
}

async function linger(timers: Timers, closed: Promise<true>): Promise<false> {
  const waiting = new AbortController();
  void closed.then(() => waiting.abort());
  await sleep(timers, OUTPUT_LINGER_MS, waiting.signal).catch(() => {});
  return false;
}
