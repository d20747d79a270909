import { ProviderExhausted, ProviderGone, ProviderRefused, ProviderTransient } from '../contract.ts';

/**
 * What the exit codes of a program mean, in the numbers of `sysexits.h`: those that libraries and `EX_…` names of many
 * languages know, and that neither a shell (1, 2, 126, 127, 128 and above) nor a run-time error (1, 2) uses by itself.
 */
export const EXIT_CODES: Readonly<Record<number, 'refused' | 'gone' | 'exhausted' | 'retry'>> = {
  /** EX_USAGE: the program does not know the operation. */
  64: 'refused',
  /** EX_DATAERR: what it is asked for cannot be made so: a wrong template. */
  65: 'refused',
  /** EX_NOINPUT: there is no such thing (any more). */
  66: 'gone',
  /** EX_UNAVAILABLE: no capacity, or a quota is reached. */
  69: 'exhausted',
  /** EX_TEMPFAIL: a trouble that may pass. So is every other code, and a signal. */
  75: 'retry',
  /** EX_NOPERM: a right is missing. */
  77: 'refused',
};

const UNKNOWN_OPERATION = 64;

/** The program is not there, may not be run, or does not know what it is asked: it says nothing about what it was asked about. */
export class ProgramUnusable extends ProviderRefused {}

/** What a code means, where it has a meaning. */
export function meaningOf(code: number | null): (typeof EXIT_CODES)[number] | undefined {
  return code === null ? undefined : EXIT_CODES[code];
}

/** The error that a program's end means for the resource. */
export function errorOfExit(code: number | null, message: string): Error {
  if (code === UNKNOWN_OPERATION) return new ProgramUnusable(message);
  switch (meaningOf(code)) {
    case 'refused':
      return new ProviderRefused(message);
    case 'gone':
      return new ProviderGone(message);
    case 'exhausted':
      return new ProviderExhausted(message);
    case 'retry':
    case undefined:
      return new ProviderTransient(message);
  }
}
