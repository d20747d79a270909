import type { CliContext } from '../context.ts';
import { runCli } from '../program.ts';
import { eventually } from './cli-process.ts';

type Said = { code: number; stdout: string; stderr: string };

/** A command line without a process of its own, in a terminal of a size that a test says; against a real server. */
export class CommandLine {
  stdout = '';
  stderr = '';
  readonly #context: CliContext;
  readonly #interrupts = new Set<() => void>();

  constructor(
    server: { readonly env: Readonly<Record<string, string>>; readonly folder: string },
    terminal: {
      columns?: number;
      rows?: number;
      isTerminal?: boolean;
      environment?: Record<string, string>;
      /** A person at the terminal, who answers. */
      ask?: (question: string) => Promise<string | undefined>;
      /** What comes on standard input. */
      input?: string;
    } = {},
  ) {
    const { columns = 80, rows = 24, isTerminal = false, environment = {}, ask, input = '' } = terminal;
    const output = (name: 'stdout' | 'stderr') => ({
      write: (text: string) => void (this[name] += text),
      isTerminal,
      isGone: false,
      columns,
      rows,
    });
    this.#context = {
      environment: { ...server.env, ...environment },
      workingDirectory: server.folder,
      stdout: output('stdout'),
      stderr: output('stderr'),
      isInteractive: ask !== undefined,
      ask: ask ?? (async () => undefined),
      askHidden: ask ?? (async () => undefined),
      readInput: async (bytesMax) => new TextEncoder().encode(input).subarray(0, bytesMax),
      fetch,
      now: () => Date.now(),
      sleep: (delayMs, signal) =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(resolve, delayMs);
          signal?.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(signal.reason as Error);
          });
        }),
      onSignals: (_signals, listener) => {
        const interrupt = (): void => listener('SIGINT');
        this.#interrupts.add(interrupt);
        return () => void this.#interrupts.delete(interrupt);
      },
    };
  }

  /** Runs a command to its end; answers what this one said. */
  async run(...args: string[]): Promise<Said> {
    this.stdout = '';
    this.stderr = '';
    const code = await runCli(args, this.#context, '0.1.0');
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  /** The answer of a command that has to work, as a program reads it. */
  async json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as T;
  }

  /** What the command that runs has written, once it fits. */
  until(isSo: (stdout: string) => boolean): Promise<string> {
    return eventually(async () => (isSo(this.stdout) ? this.stdout : undefined));
  }

  /** Presses Ctrl-C. */
  interrupt(): void {
    for (const one of this.#interrupts) one();
  }
}

/** A line as its words; what has spaces in it stands beside it. */
export function words(line: string): string[] {
  return line.split(' ');
}

/** Without what differs each time: ids, clocks and spans. */
export function steady(text: string): string {
  return text
    .replaceAll(/\b(res|lse|tok)_[0-9a-z]{18}\b/g, (_id, kind: string) => `${kind}_${'0'.repeat(18)}`)
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '2026-03-01 10:00:00')
    .replaceAll(/\(now\)|\((?:in )?[\dhms ]+(?: ago)?\)/g, '(then)')
    .replaceAll(/\b(?:in )?\d+[smh](?: \d+[smh])?(?: ago)?\b/g, 'then');
}
