import { hash } from 'node:crypto';
import type { Json } from '@poolkeeper/core';
import type { ConfiguredAccount, ConfiguredCredential } from './configuration.ts';
import { DEFAULT_TYPE } from './read-types.ts';
import { addFault, isGiven, readMap, readMaps, readSecret, readText, readTexts } from './reading.ts';
import type { Reading, ReadSecretFile } from './reading.ts';

export const ACCOUNTS_MAX = 10_000;
const REGIONS_MAX = 64;
/** What a resource may be called, and how much of a longer name is kept beside its digest. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const SLUG_LENGTH_MAX = 48;
const DIGEST_LENGTH = 10;
/** What of an account is passed on to those who clean it, as it stands. */
const PASSED_ON = ['keep', 'resource_group', 'identity'] as const;

export type ReadAccountsInput = {
  readonly types: readonly string[];
  readonly readFile: ReadSecretFile;
  /** Takes what a person should know. */
  readonly warnings: string[];
};

/** The accounts. Duplicate user names collapse, as in the original; the last entry counts. */
export function readAccounts(root: Reading, input: ReadAccountsInput): readonly ConfiguredAccount[] {
  const byName = new Map<string, ConfiguredAccount>();
  let collapsed = 0;
  for (const reading of readMaps(root, 'accounts', ACCOUNTS_MAX)) {
    const account = readAccount(reading, input);
    if (account === undefined) continue;
    if (byName.has(account.name)) collapsed += 1;
    byName.set(account.name, account);
  }
  if (collapsed > 0)
    input.warnings.push(`${collapsed} accounts were there twice: of each the last entry counts`);
  return [...byName.values()];
}

function readAccount(reading: Reading, input: ReadAccountsInput): ConfiguredAccount | undefined {
  const { types, readFile } = input;
  const faultsBefore = reading.faults.length;
  const current = readCurrent(reading, readFile);
  const managed = readSecret(reading, 'management_apikey', readFile);
  const type = readText(reading, 'type') ?? DEFAULT_TYPE;
  if (!types.includes(type))
    addFault(
      reading,
      'type',
      `there is no type "${type.slice(0, 63)}"; there are: ${types.join(', ')}, and "types" can name more`,
    );
  const accountId = readText(reading, 'account_id');
  const regions = readTexts(reading, 'regions', REGIONS_MAX);
  const passedOn = PASSED_ON.filter((name) => isGiven(reading, name)).map((name) => [
    name,
    reading.members[name],
  ]);
  readMap(reading, 'keep');
  const name = nameOf(reading, current, accountId);
  if (reading.faults.length > faultsBefore || current === undefined || name === undefined) return undefined;
  return {
    name,
    type,
    current,
    management: managed === undefined ? null : { apikey: managed },
    params: {
      ...(accountId === undefined ? {} : { account_id: accountId }),
      ...(regions === undefined ? {} : { regions: [...regions] }),
      ...(Object.fromEntries(passedOn) as Record<string, Json>),
    },
    isKey: current['apikey'] !== undefined,
  };
}

function readCurrent(reading: Reading, readFile: ReadSecretFile): ConfiguredCredential | undefined {
  const apikey = readSecret(reading, 'apikey', readFile);
  const username = readText(reading, 'username');
  const password = readSecret(reading, 'password', readFile);
  const isGivenAs = (name: string): boolean => isGiven(reading, name) || isGiven(reading, `${name}_file`);
  if (isGivenAs('apikey')) {
    if (isGivenAs('password'))
      return addFault(reading, 'password', 'stands beside apikey; leave one of the two out');
    return apikey === undefined ? undefined : { apikey };
  }
  if (isGivenAs('username') && isGivenAs('password'))
    return username === undefined || password === undefined ? undefined : { username, password };
  return addFault(reading, '', 'needs "username" and "password", or "apikey"');
}

/** The same at each start, and no secret: as the file says it, else the user's name, the number of the account, or a digest of the key. */
function nameOf(
  reading: Reading,
  current: ConfiguredCredential | undefined,
  accountId: string | undefined,
): string | undefined {
  const said = readText(reading, 'name');
  if (said !== undefined) {
    if (NAME.test(said)) return said;
    return addFault(reading, 'name', 'has to be 1 to 63 letters, digits, ".", "_" and "-"');
  }
  const words = readText(reading, 'username') ?? accountId;
  if (words === undefined)
    return current === undefined ? undefined : `key-${digestOf(current['apikey'] ?? '')}`;
  if (NAME.test(words)) return words;
  const slug = words.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return `${slug.slice(0, SLUG_LENGTH_MAX) || 'account'}-${digestOf(words)}`;
}

/** Nobody guesses a key by its digest, and so little of it. */
function digestOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, DIGEST_LENGTH);
}
