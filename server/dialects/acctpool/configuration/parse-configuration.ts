import type { InputFault, Json } from '@poolkeeper/core';
import type { AcctpoolConfiguration, ConfiguredCare } from './configuration.ts';
import { readAccounts } from './read-accounts.ts';
import { readTokens } from './read-tokens.ts';
import { readTypes } from './read-types.ts';
import { addFault, isObject, readFlag, readList, readMap, readTexts, readWhole } from './reading.ts';
import type { Reading, ReadSecretFile } from './reading.ts';

/** What is wrong with the file of an acctpool: every fault, by member. */
export class AcctpoolFaults extends Error {
  override readonly name = 'AcctpoolFaults';
  readonly faults: readonly InputFault[];

  constructor(faults: readonly InputFault[]) {
    super(faults.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n'));
    this.faults = faults;
  }
}

const MINUTE_MS = 60_000;
/** The most that any duration of the file may be, in minutes. */
const MINUTES_MAX = 525_600;
const ONE = 1;
/** Accounts that are looked after at once, where the file does not say, and at most. */
const PARALLEL_DEFAULT = 4;
const PARALLEL_MAX = 32;
/** Minutes between attempts at what failed, where the file does not say; the account is quarantined after the last of them. */
const PAUSE_MINUTES_DEFAULT = [1, 5, 15, 60] as const;
const PAUSES_MAX = 20;
/** How long one attempt at cleaning may take, in minutes. */
const ATTEMPT_MINUTES_DEFAULT = 60;
const ATTEMPT_MINUTES_MAX = 1_440;
/** Variables that are passed on. */
const VARIABLES_MAX = 64;
/** How often credentials are verified, in minutes. */
const VERIFY_MINUTES_DEFAULT = 60;
const VERIFY_MINUTES_MAX = 10_080;

/**
 * Reads the file of an acctpool, whose lists of tokens and accounts are the original's and everything else is ours.
 *
 * Shape: members that nobody knows are ignored, as the original did; duplicate user names collapse, the last one counts.
 * Errors: `AcctpoolFaults` with everything that is wrong, none of which tells a secret.
 */
export function parseAcctpool(value: Json, readFile: ReadSecretFile): AcctpoolConfiguration {
  const faults: InputFault[] = [];
  if (!isObject(value))
    throw new AcctpoolFaults([{ pointer: '', message: 'has to be a map with "tokens" and "accounts"' }]);
  const root: Reading = { members: value, pointer: '', faults };
  const warnings: string[] = [];
  const types = readTypes(root);
  const names = types.map(({ name }) => name);
  const tokens = readTokens(root, { types: names, readFile });
  const accounts = readAccounts(root, { types: names, readFile, warnings });
  const care = readCare(root);
  if (faults.length > 0) throw new AcctpoolFaults(faults);
  if (tokens.length === 0) warnings.push('there are no tokens: nobody can reserve anything');
  if (accounts.length === 0) warnings.push('there are no accounts: every reservation will wait');
  if ('cloudant' in value) warnings.push('"cloudant" is ignored: nothing of it is used, as in the original');
  return { tokens, accounts, types, care, warnings };
}

function readCare(root: Reading): ConfiguredCare {
  const cleaning = readMap(root, 'cleaning');
  const rotation = readMap(root, 'rotation');
  const verification = readMap(root, 'verification');
  const whole = (reading: Reading | undefined, name: string, to: number): number | undefined =>
    reading && readWhole(reading, name, { from: ONE, to });
  const attempt = whole(cleaning, 'timeout', ATTEMPT_MINUTES_MAX) ?? ATTEMPT_MINUTES_DEFAULT;
  const every = whole(verification, 'every', VERIFY_MINUTES_MAX) ?? VERIFY_MINUTES_DEFAULT;
  return {
    parallel: whole(cleaning, 'parallel', PARALLEL_MAX) ?? PARALLEL_DEFAULT,
    pausesMs:
      (cleaning && readPauses(cleaning)) ?? PAUSE_MINUTES_DEFAULT.map((minutes) => minutes * MINUTE_MS),
    timeoutMs: attempt * MINUTE_MS,
    environment: (cleaning && readTexts(cleaning, 'environment', VARIABLES_MAX)) ?? [],
    options: readMap(root, 'ibm')?.members ?? {},
    isRotating: (rotation && readFlag(rotation, 'enabled')) ?? true,
    verifyEveryMs: every * MINUTE_MS,
  };
}

/** Minutes, of which parts may be said for those who try it out; none: the first failure quarantines. */
function readPauses(cleaning: Reading): readonly number[] | undefined {
  const entries = readList(cleaning, 'pauses', PAUSES_MAX);
  if (entries === undefined) return undefined;
  const isPause = (entry: Json): entry is number =>
    typeof entry === 'number' && entry > 0 && entry <= MINUTES_MAX && entry * MINUTE_MS >= 1;
  if (entries.every(isPause)) return entries.map((minutes) => Math.round(minutes * MINUTE_MS));
  return addFault(cleaning, 'pauses', 'has to be a list of minutes, such as [1, 5, 15, 60]');
}
