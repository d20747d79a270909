import { env } from 'node:process';
import type { JsonObject } from '@poolkeeper/core';
import { OPERATIONS } from './providers/exec/protocol.ts';
import { runAccountTrial } from './providers/account-trial.ts';
import type { AccountTrialInput, TrialAccount } from './providers/account-trial.ts';
import { checkTrialOptions, runTrial } from './providers/program-trial.ts';
import type { CheckResult, TrialReport } from './providers/program-trial.ts';
import { systemClock, systemRandom, systemTimers } from './system-clock.ts';

export type ProgramTrial = {
  /** The program, then its arguments. */
  readonly command: readonly string[];
  readonly template: JsonObject | null;
  /** Names of variables that the program is given. */
  readonly environment: readonly string[];
  /** How long a call may take, in milliseconds; the defaults of the driver where nothing is said. */
  readonly timeoutMs?: number | undefined;
  /** Absolute. */
  readonly workingDirectory: string;
  /** Where it looks after accounts: the one that it is tried on; then nothing is made. */
  readonly account?: (TrialAccount & { readonly keep: AccountTrialInput['keep'] }) | undefined;
  readonly signal: AbortSignal;
  readonly onResult: (result: CheckResult) => void;
};

/**
 * Finds out whether a user's program keeps the provider contract: the trial, wired to the system's clock and chance.
 *
 * Errors: `TrialRefused`.
 */
export async function tryProgram(trial: ProgramTrial): Promise<TrialReport> {
  const { command, template, environment, timeoutMs, workingDirectory, account, signal, onResult } = trial;
  const options = {
    command,
    environment,
    ...(timeoutMs === undefined ? {} : { timeouts: limitsOf(timeoutMs) }),
  };
  const context = { clock: systemClock, timers: systemTimers, random: systemRandom, environment: env };
  const parts = { options, workingDirectory, context, signal, onResult };
  if (account !== undefined) {
    checkTrialOptions(options);
    return { results: await runAccountTrial({ ...parts, account, keep: account.keep }), remains: [] };
  }
  const idPrefix = `trial-${Math.floor(systemRandom() * 36 ** 6).toString(36)}-`;
  return runTrial({ ...parts, template, idPrefix });
}

/** No operation may take longer than a server would let it. */
function limitsOf(timeoutMs: number): Record<string, string> {
  const limits = Object.entries(OPERATIONS).map(([word, { limitMsMax }]): [string, string] => [
    word,
    `${Math.min(timeoutMs, limitMsMax)}ms`,
  ]);
  return Object.fromEntries(limits);
}
