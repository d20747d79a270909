import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import type { CliContext, Output } from './context.ts';
import { runCli } from './program.ts';

/** The command line, wired to the real process, clock and network. `bin/poolkeeper.js` loads it. */

const COLUMNS_DEFAULT = 80;
const ROWS_DEFAULT = 24;

function outputTo(stream: WriteStream): Output {
  let isGone = false;
  // Whoever reads may go away first, as `head` does: then nobody is left to be told.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isGone = true;
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      // Some terminals do not know their width, and say 0.
      return stream.isTTY ? stream.columns || COLUMNS_DEFAULT : Infinity;
    },
    get rows() {
      return stream.isTTY ? stream.rows || ROWS_DEFAULT : Infinity;
    },
    get isGone() {
      return isGone;
    },
  };
}

function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timeout);
      reject(signal?.reason as Error);
    };
    const timeout = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Answers what is typed; undefined when the input ends, or Ctrl-C is typed, first. */
async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  try {
    return await terminal.question(question, { signal: closed.signal });
  } catch {
    return undefined;
  } finally {
    terminal.close();
  }
}

/** What is typed goes nowhere but to the one who asked. */
async function askHidden(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  process.stderr.write(question);
  try {
    return await terminal.question('', { signal: closed.signal });
  } catch {
    return undefined;
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

async function readInput(bytesMax: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= bytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, bytesMax);
}

const context: CliContext = {
  environment: process.env,
  workingDirectory: process.cwd(),
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  isInteractive: process.stdin.isTTY,
  ask,
  askHidden,
  readInput,
  fetch,
  now: () => Date.now(),
  sleep,
  onSignals: (signals, listener) => {
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  },
};

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as {
  version: string;
};

process.exitCode = await runCli(process.argv.slice(2), context, version);
