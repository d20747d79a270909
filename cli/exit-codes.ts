import type { ErrorKind } from '@poolkeeper/core';

/** What the command's end says to a script. `docs/cli.md` has the same table, and a test keeps them equal. */
export const EXIT = {
  ok: 0,
  defect: 1,
  usage: 2,
  unreachable: 3,
  denied: 4,
  notFound: 5,
  conflict: 6,
  limited: 7,
  unavailable: 8,
  waitedTooLong: 9,
  leaseLost: 10,
  contractBroken: 11,
  tampered: 12,
  recordMissing: 13,
  wrongKey: 14,
  unproven: 15,
  commandNotRunnable: 126,
  commandNotFound: 127,
  /** As the server that is stood in for ends. */
  badCompatOptions: 255,
} as const;

/** Added to the number of the signal that ended a command, as shells do it. */
export const EXIT_SIGNAL_BASE = 128;

export const EXIT_BY_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: EXIT.usage,
  unauthenticated: EXIT.denied,
  forbidden: EXIT.denied,
  not_found: EXIT.notFound,
  conflict: EXIT.conflict,
  stale: EXIT.conflict,
  exhausted: EXIT.limited,
  limited: EXIT.limited,
  unavailable: EXIT.unavailable,
  internal: EXIT.defect,
};
