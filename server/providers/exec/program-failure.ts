import type { ProgramEnd } from '../../programs/run-program.ts';
import { ProviderExhausted, ProviderTransient } from '../contract.ts';
import { meaningOf, ProgramUnusable } from './exit-code.ts';

/** How a program ended, in words that follow "The program". */
export function howItEnded({ code, signal }: ProgramEnd): string {
  if (code === null) return `was ended by ${signal}`;
  const meaning = meaningOf(code);
  return `ended with exit code ${code}${meaning === undefined ? '' : ` (${meaning})`}`;
}

/** Why a program could not be started. What the machine lacks for a moment is told from what a person has to mend. */
export function notStarted(program: string, cause: unknown): Error {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return new ProgramUnusable(
        `There is no program ${program}, or no interpreter that its first line names. Correct "command" of the provider, or install it.`,
        { cause },
      );
    case 'EACCES':
      return new ProgramUnusable(`The program ${program} may not be run. Make it executable: chmod +x.`, {
        cause,
      });
    case 'E2BIG':
      return new ProgramUnusable(
        `The program ${program} cannot be started: template and variables are too large for an environment.`,
        { cause },
      );
    case 'EAGAIN':
    case 'ENOMEM':
    case 'EMFILE':
    case 'ENFILE':
      return new ProviderExhausted(`The program ${program} could not be started (${code}).`, { cause });
    default:
      return new ProviderTransient(`The program ${program} could not be started (${code}).`, { cause });
  }
}
