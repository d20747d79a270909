import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
import { inheritEnvironment } from '../programs/inherited-environment.ts';
import { runProgram } from '../programs/run-program.ts';
import { ACCOUNT_CHECKS } from './contract-checks/account-checks.ts';
import type { AccountCredentials, AccountPlace } from './contract-checks/account-place.ts';
import { AccountSubject } from './contract-checks/account-subject.ts';
import type { AccountCheck } from './contract-checks/check.ts';
import type { Leftover, OpenCredential } from './contract.ts';
import { openExecProvider } from './exec/exec-driver.ts';
import { describeResult, keepLines, outcomeOf, runChecks, trialContext } from './trial-results.ts';
import type { CheckResult, TrialParts } from './trial-results.ts';

/** An account that a program is tried on, as its author describes it. */
export type TrialAccount = {
  readonly params: JsonObject;
  /** Both good; where it can rotate, `current` is another one after the trial. */
  readonly credentials: AccountCredentials;
  /** False where only a person can make a new credential. */
  readonly rotates: boolean;
  /**
   * Leaves something in the account as a holder would: a command that is given `current` in variables, and what leftovers has to name
   * after it.
   */
  readonly plant: { readonly command: readonly string[]; readonly leaves: readonly Leftover[] } | null;
};

export type AccountTrialInput = TrialParts & {
  readonly account: TrialAccount;
  /** Remembers durably what the account is opened with from now on. */
  readonly keep: (credentials: AccountCredentials) => Promise<void>;
};

/** How long leaving something may take. Milliseconds. */
const PLANT_MS_MAX = 120_000;
const PLANT_OUTPUT_BYTES_MAX = 65_536;
/** When a rotation is cut off: while an interpreter starts, and in the middle. Milliseconds. */
const CUTS_AFTER_MS = [5, 60, 250];

/**
 * Runs the checks of accounts against a program, one after another on the same account.
 *
 * Whether an old key is good for nothing is asked of the program's own `verify` where a current credential manages the account; how
 * many keys there are, nobody but the vendor can tell.
 */
export async function runAccountTrial(input: AccountTrialInput): Promise<readonly CheckResult[]> {
  let credentials = input.account.credentials;
  return runChecks(ACCOUNT_CHECKS, input, (check) =>
    runCheck(check, { ...input, account: { ...input.account, credentials } }, async (kept) => {
      credentials = kept;
      await input.keep(kept);
    }),
  );
}

async function runCheck(
  check: AccountCheck,
  input: AccountTrialInput,
  keep: AccountTrialInput['keep'],
): Promise<CheckResult> {
  const { clock, timers } = input.context;
  const startedAt = clock.now();
  const dataDirectory = await mkdtemp(join(tmpdir(), 'poolkeeper-trial-'));
  const log: string[] = [];
  const place = openPlace({ ...input, keep }, { dataDirectory, log });
  const leftOut = check.leftOut?.(place) ?? null;
  const outcome = await outcomeOf(check, leftOut, input.signal, () =>
    AccountSubject.open(place, { clock, timers, stop: input.signal }),
  );
  await rm(dataDirectory, { recursive: true, force: true });
  return describeResult(check, { ...outcome, log: [...log], durationMs: clock.now() - startedAt });
}

function openPlace(
  input: AccountTrialInput,
  { dataDirectory, log }: { dataDirectory: string; log: string[] },
): AccountPlace {
  const { params, credentials, rotates, plant } = input.account;
  return {
    params,
    credentials,
    cutsAfterMs: CUTS_AFTER_MS,
    onKept: input.keep,
    open: () =>
      openExecProvider({
        name: 'trial',
        options: { ...input.options, accounts: true, makes: false },
        context: trialContext(input, { dataDirectory, logger: keepLines(log) }),
      }),
    ...(rotates ? {} : { rotatesNot: 'only a person makes a new credential of this account' }),
    ...(plant === null ? {} : { plant: () => leave(input, plant) }),
  };
}

/** As a holder has it: what is current, in variables. */
function holderEnvironment({ account, context }: AccountTrialInput): Record<string, string> {
  const current: OpenCredential = account.credentials.current ?? {};
  const variables = Object.entries(current).map(([name, text]): [string, string] => [
    `POOLKEEPER_CREDENTIAL_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`,
    text,
  ]);
  return { ...inheritEnvironment(context.environment), ...Object.fromEntries(variables) };
}

async function leave(
  input: AccountTrialInput,
  { command, leaves }: NonNullable<TrialAccount['plant']>,
): Promise<readonly Leftover[]> {
  const { workingDirectory, context, signal } = input;
  let size = 0;
  const end = await runProgram({
    command,
    directory: workingDirectory,
    environment: holderEnvironment(input),
    input: '',
    limitMs: PLANT_MS_MAX,
    timers: context.timers,
    signal,
    onOutput: (chunk) => (size += chunk.length) <= PLANT_OUTPUT_BYTES_MAX,
    onLog: () => {},
  });
  if (end.code === 0) return leaves;
  throw new Error(`The command of "plant" ended with ${end.code ?? end.signal}; run it by hand to see why.`);
}
