import { describe, expect, test } from 'vitest';
import type { Json } from '@poolkeeper/core';
import type { AcctpoolConfiguration } from './configuration.ts';
import { AcctpoolFaults, parseAcctpool } from './parse-configuration.ts';

const noFile = (): string => {
  throw new Error('there is no such file');
};
const parse = (value: Json): AcctpoolConfiguration => parseAcctpool(value, noFile);

function faultsOf(value: Json, readFile = noFile): string[] {
  try {
    parseAcctpool(value, readFile);
  } catch (error) {
    if (error instanceof AcctpoolFaults)
      return error.faults.map(({ pointer, message }) => `${pointer}: ${message}`);
    throw error;
  }
  return [];
}

const ONE = { tokens: [{ id: 'a' }], accounts: [{ username: 'u', password: 'p' }] };

describe('the file of the original', () => {
  test('is taken as it is, with what it does not say filled in', () => {
    const read = parse({ ...ONE, cloudant: { url: 'x' }, whatever: [1] });
    expect(read.tokens).toEqual([
      { secret: 'a', name: null, reservationsMax: null, durationMsMax: null, types: null },
    ]);
    expect(read.accounts).toEqual([
      {
        name: 'u',
        type: 'free',
        current: { username: 'u', password: 'p' },
        management: null,
        params: {},
        isKey: false,
      },
    ]);
    expect(
      read.types.map(({ name, durationMsDefault, durationMsMax }) => [
        name,
        durationMsDefault,
        durationMsMax,
      ]),
    ).toEqual([
      ['free', 3_600_000, 86_400_000],
      ['lite', 3_600_000, 86_400_000],
    ]);
    expect(read.care.pausesMs).toEqual([60_000, 300_000, 900_000, 3_600_000]);
    expect(read.warnings).toEqual([expect.stringContaining('"cloudant" is ignored')]);
  });

  test('duplicate user names and tokens collapse: the last entry counts', () => {
    const read = parse({
      tokens: [{ id: 'a', max_reservations: 1 }, { id: 'b' }, { id: 'a', max_reservations: 2 }],
      accounts: [
        { username: 'u', password: 'old' },
        { username: 'u', password: 'new', type: 'lite' },
      ],
    });
    expect(read.tokens.map(({ secret, reservationsMax }) => [secret, reservationsMax])).toEqual([
      ['a', 2],
      ['b', null],
    ]);
    expect(read.accounts.map(({ type, current }) => [type, current['password']])).toEqual([['lite', 'new']]);
    expect(read.warnings).toEqual(['1 accounts were there twice: of each the last entry counts']);
  });

  test('without tokens or accounts is taken too, and warned of', () => {
    expect(parse({}).warnings).toHaveLength(2);
  });

  test('numbers stand for their digits', () => {
    const read = parse({ tokens: [{ id: 4711 }], accounts: [{ username: 'u', password: 12345 }] });
    expect([read.tokens[0]?.secret, read.accounts[0]?.current['password']]).toEqual(['4711', '12345']);
  });
});

describe('names of accounts', () => {
  test.each([
    [{ name: 'one', username: 'x@y.example', password: 'p' }, 'one'],
    [{ username: 'plain', password: 'p' }, 'plain'],
    [{ username: 'x@y.example', password: 'p' }, 'x-y.example-'],
    [{ apikey: 'k', account_id: 'a1b2' }, 'a1b2'],
    [{ apikey: 'k' }, 'key-'],
  ])('are the same at each start, and no secret: %j', (entry, name) => {
    const read = (): string => parse({ accounts: [entry] }).accounts[0]?.name ?? '';
    expect(read()).toBe(read());
    expect(read().startsWith(name)).toBe(true);
    expect(read()).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
  });
});

describe('what is ours', () => {
  test('limits, types, care and secrets by file', () => {
    const read = parseAcctpool(
      {
        tokens: [{ id_file: 'token', name: 'ci', max_reservations: 3, max_duration: 90, types: ['big'] }],
        accounts: [
          {
            apikey_file: 'key',
            management_apikey_file: 'boss',
            type: 'big',
            account_id: 'a1',
            regions: ['us-south'],
            keep: { tags: ['x'] },
          },
        ],
        types: { big: { max_duration: 120, default_duration: 30, approval: 60, cooldown: 5 }, free: null },
        default_duration: 45,
        cleaning: { parallel: 2, pauses: [0.5, 10], timeout: 20, environment: ['URL'] },
        rotation: { enabled: false },
        verification: { every: 15 },
        ibm: { dryRun: true },
      },
      (path) => `secret of ${path}\n`,
    );
    expect(read.tokens).toEqual([
      { secret: 'secret of token', name: 'ci', reservationsMax: 3, durationMsMax: 5_400_000, types: ['big'] },
    ]);
    expect(read.accounts).toEqual([
      {
        name: 'a1',
        type: 'big',
        current: { apikey: 'secret of key' },
        management: { apikey: 'secret of boss' },
        params: { account_id: 'a1', regions: ['us-south'], keep: { tags: ['x'] } },
        isKey: true,
      },
    ]);
    expect(read.types).toMatchObject([
      { name: 'free', durationMsDefault: 2_700_000, approvalMs: null },
      { name: 'lite', durationMsDefault: 2_700_000 },
      {
        name: 'big',
        durationMsDefault: 1_800_000,
        durationMsMax: 7_200_000,
        approvalMs: 3_600_000,
        cooldownMs: 300_000,
      },
    ]);
    expect(read.care).toEqual({
      parallel: 2,
      pausesMs: [30_000, 600_000],
      timeoutMs: 1_200_000,
      environment: ['URL'],
      options: { dryRun: true },
      isRotating: false,
      verifyEveryMs: 900_000,
    });
  });
});

describe('what is wrong', () => {
  test.each<[Json, string]>([
    [[], ': has to be a map'],
    [{ tokens: 'a' }, '/tokens: has to be a list'],
    [{ tokens: ['a'] }, '/tokens/0: has to be a map'],
    [{ tokens: [{ name: 'x' }] }, '/tokens/0/id: is missing'],
    [{ tokens: [{ id: 1.5 }] }, '/tokens/0/id: has to be text'],
    [{ tokens: [{ id: 'a\nb' }] }, '/tokens/0/id: has control characters'],
    [
      { tokens: [{ id: 'a', max_reservations: 0 }] },
      '/tokens/0/max_reservations: has to be a whole number from 1',
    ],
    [
      { tokens: [{ id: 'a', types: ['gold'] }] },
      '/tokens/0/types: there is no type "gold"; there are: free, lite',
    ],
    [
      {
        tokens: [
          { id: 'a', name: 'x' },
          { id: 'b', name: 'x' },
        ],
      },
      '/tokens/1/name: another token has this name',
    ],
    [{ accounts: [{ username: 'u' }] }, '/accounts/0: needs "username" and "password", or "apikey"'],
    [{ accounts: [{ apikey: 'k', password: 'p' }] }, '/accounts/0/password: stands beside apikey'],
    [{ accounts: [{ apikey: 'k', apikey_file: 'f' }] }, '/accounts/0/apikey_file: stands beside apikey'],
    [{ accounts: [{ apikey_file: 'f' }] }, '/accounts/0/apikey_file: cannot be read: there is no such file'],
    [
      { accounts: [{ username: 'u', password: 'p', type: 'gold' }] },
      '/accounts/0/type: there is no type "gold"',
    ],
    [{ accounts: [{ apikey: 'k', name: 'a b' }] }, '/accounts/0/name: has to be 1 to 63'],
    [{ accounts: [{ apikey: 'k', keep: ['x'] }] }, '/accounts/0/keep: has to be a map'],
    [{ types: { 'a b': null } }, '/types/a b: a type is called by'],
    [
      { types: { free: { max_duration: 10, default_duration: 20 } } },
      '/types/free/default_duration: is longer',
    ],
    [{ types: { free: { approval: 'yes' } } }, '/types/free/approval: has to be true, or the minutes'],
    [{ max_duration: '60' }, '/max_duration: has to be a whole number'],
    [{ cleaning: { pauses: [0] } }, '/cleaning/pauses: has to be a list of minutes'],
    [{ cleaning: { parallel: 33 } }, '/cleaning/parallel: has to be a whole number from 1 to 32'],
    [{ rotation: { enabled: 'no' } }, '/rotation/enabled: has to be true or false'],
  ])('%j', (value, fault) => {
    expect(faultsOf(value).join('\n')).toContain(fault);
  });

  test('all of it is told at once, and nothing of what is secret', () => {
    const faults = faultsOf({
      tokens: [{ id: 'sesame-1', max_duration: 'x' }],
      accounts: [
        { username: 'u', password: ['sesame-2'] },
        { apikey: 'sesame-3', type: 'gold' },
      ],
    });
    expect(faults).toHaveLength(3);
    expect(faults.join('\n')).not.toContain('sesame');
  });
});
