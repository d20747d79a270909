import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** How long one step may take on a busy machine, in milliseconds. */
const STEP_MS_MAX = 40_000;
/** How long what was started may take to end by itself, in milliseconds. */
const END_MS_MAX = 20_000;
const LOOK_MS = 50;

/**
 * One bash that is told one block after the other, as a person types them: variables, the working directory and what runs in the
 * background stay. It ends at the first command that fails. Disposing ends everything that was started in it.
 */
export class BashSession implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #said = '';
  #hasEnded = false;
  #steps = 0;

  constructor({ folder, environment }: { folder: string; environment: NodeJS.ProcessEnv }) {
    // A process group of its own, so that what is left of it can be ended by that.
    this.#child = spawn('bash', ['-e', '-o', 'pipefail'], {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdin?.on('error', () => {});
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => (this.#said += data.toString()));
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => {
        this.#hasEnded = true;
        resolve();
      });
    });
  }

  /** Types commands; answers what they say on both outputs. Errors: `Error` when one fails, or takes too long. */
  async type(commands: string): Promise<string> {
    this.#said = '';
    this.#steps += 1;
    const mark = `<end of step ${this.#steps}>`;
    this.#child.stdin?.write(`exec 2>&1\n${commands}\necho '${mark}'\n`);
    const late = Date.now() + STEP_MS_MAX;
    while (!this.#said.includes(mark)) {
      if (this.#hasEnded) throw new Error(`a command failed. It said:\n${this.#said}`);
      if (Date.now() > late) throw new Error(`it took more than ${STEP_MS_MAX} ms. It said:\n${this.#said}`);
      await pause();
    }
    return this.#said.slice(0, this.#said.indexOf(mark));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    const group = -(this.#child.pid ?? 0);
    if (group === 0) return;
    const late = Date.now() + END_MS_MAX;
    for (let isAlive = signal(group, 'SIGTERM'); isAlive; isAlive = signal(group, 0)) {
      if (Date.now() > late) signal(group, 'SIGKILL');
      await pause();
    }
    await this.#ended;
  }
}

function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(group, name);
  } catch {
    return false;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
