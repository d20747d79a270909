import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '..', 'bin', 'poolkeeper.js');
/** How long a state may take to come, in milliseconds. */
const STATE_MS_MAX = 20_000;
const LOOK_MS = 20;

/** A real `poolkeeper` process, and what it has said so far. */
export class CliProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  /** The exit code as a shell gives it; of one that a signal ended, the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  #hasEnded = false;

  constructor(
    args: readonly string[],
    options: { env?: Record<string, string | undefined>; cwd?: string; input?: string } = {},
  ) {
    // Nothing of the machine that runs the tests says where a server is.
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('POOLKEEPER_'));
    this.child = spawn(process.execPath, [BIN, ...args], {
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...Object.fromEntries(inherited), ...options.env },
      cwd: options.cwd,
    });
    this.child.stdin?.end(options.input);
    this.child.stdout?.on('data', (data: Buffer) => (this.stdout += data.toString()));
    this.child.stderr?.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.#hasEnded = true;
        resolve(code ?? signal ?? 'SIGKILL');
      });
    });
  }

  /** Waits until what was said so far fits. Errors: `Error` with what was said, when it ends or the time is over. */
  async until(isSo: (self: CliProcess) => boolean): Promise<void> {
    const late = Date.now() + STATE_MS_MAX;
    while (!isSo(this)) {
      if (this.#hasEnded || Date.now() > late)
        throw new Error(`it never came to this:\n${this.stdout}\n${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Asks it to end, so that it gives back what it has; makes it after a while. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return;
    this.child.kill('SIGTERM');
    const kill = setTimeout(() => this.child.kill('SIGKILL'), STATE_MS_MAX);
    await this.ended;
    clearTimeout(kill);
  }
}

/** Runs one command to its end. */
export async function runCli(
  args: readonly string[],
  options: { env?: Record<string, string | undefined>; cwd?: string; input?: string } = {},
): Promise<{ code: number | NodeJS.Signals; stdout: string; stderr: string }> {
  await using cli = new CliProcess(args, options);
  const code = await cli.ended;
  return { code, stdout: cli.stdout, stderr: cli.stderr };
}

/** Waits for a state with a bound. */
export async function eventually<T>(
  look: () => Promise<T | undefined>,
  withinMs: number = STATE_MS_MAX,
): Promise<T> {
  const late = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > late) throw new Error('the state never came');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
