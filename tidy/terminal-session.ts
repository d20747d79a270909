import { spawnSync } from 'node:child_process';

const LOOK_MS = 100;
/** How long something may take to appear, in milliseconds. */
const APPEAR_MS_MAX = 30_000;
const ROWS = 90;
const COLUMNS = 100;
const PROMPT = '$ ';

/** A real terminal of a hundred columns with a shell in it: a window of tmux, in a server of its own. */
export class TerminalSession implements AsyncDisposable {
  readonly #socket: string;

  constructor({ name, folder, path }: { name: string; folder: string; path: string }) {
    this.#socket = `poolkeeper-${name}-${process.pid}`;
    const size = ['-x', String(COLUMNS), '-y', String(ROWS)];
    const variables = [
      '-e',
      `PS1=${PROMPT}`,
      '-e',
      `PATH=${path}`,
      '-e',
      'POOLKEEPER_DATA=',
      '-e',
      'NO_COLOR=',
    ];
    this.#tmux([
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      ...size,
      '-c',
      folder,
      ...variables,
      'bash',
      '--norc',
      '--noprofile',
    ]);
  }

  /** Types a line and Enter, and waits until `isSo` of what is to be seen; where nothing is said, until the prompt is back. */
  async type(line: string, isSo: (lines: readonly string[]) => boolean = isAtPrompt): Promise<void> {
    await this.until(isAtPrompt);
    this.send(line);
    await this.until((lines) => lines.some((one) => one.endsWith(line)) && isSo(lines));
  }

  /** Types at whatever runs there. */
  send(line: string): void {
    this.#tmux(['send-keys', '-l', line]);
    this.#tmux(['send-keys', 'Enter']);
  }

  clear(): void {
    this.#tmux(['send-keys', 'C-l']);
  }

  async until(isSo: (lines: readonly string[]) => boolean): Promise<void> {
    const late = Date.now() + APPEAR_MS_MAX;
    while (!isSo(this.#lines([]))) {
      if (Date.now() > late) throw new Error(`it never came to this:\n${this.#lines([]).join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** What is to be seen, with its colours. */
  lines(): string[] {
    return this.#lines(['-e']);
  }

  #lines(options: string[]): string[] {
    return this.#tmux(['capture-pane', '-p', ...options])
      .trimEnd()
      .split('\n');
  }

  #tmux(args: readonly string[]): string {
    const run = spawnSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' });
    if (run.error !== undefined)
      throw new Error('This needs tmux: apt-get install tmux.', { cause: run.error });
    if (run.status !== 0) throw new Error(`tmux ${args.join(' ')}: ${run.stderr}`);
    return run.stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync('tmux', ['-L', this.#socket, 'kill-server']);
  }
}

function isAtPrompt(lines: readonly string[]): boolean {
  return lines.at(-1)?.trimEnd() === PROMPT.trimEnd();
}
