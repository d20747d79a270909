import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ENTRY = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'poolkeeper.js');
const READY_WITHIN_MS = 60_000;
const READY_POLL_MS = 20;
const OUTPUT_TAIL_LENGTH = 3_000;

/** A command of poolkeeper that serves, in a process of its own. `probe` is what it answers once it does. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #output: string;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, output: string) {
    this.#child = child;
    this.#output = output;
    this.#ended = once(child, 'exit').catch(() => {});
  }

  /** Errors: when it ends before it answers, or does not in time; the message shows the end of its output. */
  static async start(
    args: readonly string[],
    { probe, output }: { readonly probe: string; readonly output: string },
  ): Promise<Program> {
    const descriptor = openSync(output, 'a', 0o600);
    const child = spawn(process.execPath, [ENTRY, ...args], { stdio: ['ignore', descriptor, descriptor] });
    closeSync(descriptor);
    const program = new Program(child, output);
    try {
      await program.#untilReady(probe);
      return program;
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Ends it at once, in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #untilReady(probe: string): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    while (!(await answers(probe))) {
      if (this.#child.exitCode !== null) throw this.#failure('ended before it answered');
      if (Date.now() > until) throw this.#failure(`did not answer within ${READY_WITHIN_MS} ms`);
      await sleep(READY_POLL_MS);
    }
  }

  #failure(what: string): Error {
    const output = readFileSync(this.#output, 'utf8').slice(-OUTPUT_TAIL_LENGTH);
    return new Error(
      `${this.#child.spawnargs.slice(2).join(' ')} ${what}. The end of its output:\n${output}`,
    );
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(READY_WITHIN_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
