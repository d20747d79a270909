import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { EXIT, EXIT_SIGNAL_BASE } from '../exit-codes.ts';

/** A command that was started: how it ends, and how to signal it. */
export type LeasedCommand = {
  /** Its exit code as shells give it: 128 and the signal's number for one that a signal ended. Never rejects. */
  readonly ended: Promise<{ readonly exitCode: number; readonly problem?: string }>;
  signal(signal: NodeJS.Signals): void;
};

/** Starts a command with our own input and output. There is no shell between: every argument arrives as it is. */
export function startCommand(command: readonly string[], environment: Record<string, string>): LeasedCommand {
  const [program = '', ...args] = command;
  let child: ReturnType<typeof spawn>;
  try {
    child = spawn(program, args, { stdio: 'inherit', env: environment });
  } catch (error) {
    return { ended: Promise.resolve(notRunnable(program, error)), signal: () => {} };
  }
  const ended = new Promise<{ exitCode: number; problem?: string }>((resolve) => {
    child.once('error', (error) => resolve(notRunnable(program, error)));
    child.once('exit', (code, signal) => resolve({ exitCode: code ?? exitCodeOf(signal) }));
  });
  return { ended, signal: (signal) => void child.kill(signal) };
}

/** What a shell answers for a command that this signal ended. */
export function exitCodeOf(signal: NodeJS.Signals | null): number {
  return EXIT_SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal]);
}

function notRunnable(program: string, error: unknown): { exitCode: number; problem: string } {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return {
        exitCode: EXIT.commandNotFound,
        problem: `there is no command ${JSON.stringify(program)}; check its name and PATH`,
      };
    case 'EACCES':
      return {
        exitCode: EXIT.commandNotRunnable,
        problem: `${JSON.stringify(program)} may not be run; check its rights`,
      };
    default: {
      const message = error instanceof Error ? error.message : String(error);
      return {
        exitCode: EXIT.commandNotRunnable,
        problem: `${JSON.stringify(program)} cannot be run: ${message}`,
      };
    }
  }
}
