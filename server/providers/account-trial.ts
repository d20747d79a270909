import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
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
  readonly plant: Plant | null;
};

export type Plant = { readonly command: readonly string[]; readonly leaves: readonly Leftover[] };

export type AccountTrialInput = TrialParts & {
  readonly account: TrialAccount;
  /** Remembers durably what the account is opened with from now on. */
  readonly keep: (credentials: AccountCredentials) => Promise<void>;
  /** Runs the command of a plant as the holder of the credential. Errors: `Error` that says how it failed. */
  readonly leave: (plant: Plant, current: OpenCredential | null) => Promise<void>;
};

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
    ...(plant === null ? {} : { plant: () => leaveBy(input, plant) }),
  };
}

async function leaveBy(input: AccountTrialInput, plant: Plant): Promise<readonly Leftover[]> {
  await input.leave(plant, input.account.credentials.current);
  return plant.leaves;
}
