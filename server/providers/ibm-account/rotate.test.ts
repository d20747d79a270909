import type { JsonObject } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Accounts, OpenCredential, RotateRequest } from '../contract.ts';
import { HOLDER, MANAGER, StandIn } from './testing/stand-in.ts';
import type { Fate } from './testing/stand-in.ts';
import { ACCOUNT } from './testing/test-iam.ts';

const signal = new AbortController().signal;
let cloud: StandIn;
let accounts: Accounts;
/** What the keeper has of the account. */
let kept: {
  management: OpenCredential | null;
  current: OpenCredential | null;
  pending: OpenCredential | null;
};
/** What was done so far; a crash is planted after one of them. */
let crashAfter: string | null;

class Crash extends Error {}

beforeEach(async () => {
  cloud = await StandIn.start();
  accounts = await cloud.openAccounts();
  kept = { management: { apikey: cloud.managementKey }, current: { apikey: cloud.holderKey }, pending: null };
  crashAfter = null;
});
afterEach(() => cloud[Symbol.asyncDispose]());

function rotate(params: JsonObject = {}): Promise<JsonObject> {
  const request: RotateRequest = {
    ...cloud.request({ ...kept, params }),
    keep: (part, credential) => {
      kept =
        part === 'pending'
          ? { ...kept, pending: credential }
          : { ...kept, current: credential, pending: null };
      return crashAfter === part ? Promise.reject(new Crash()) : Promise.resolve();
    },
  };
  if (accounts.rotate === undefined) throw new Error('it cannot rotate');
  return accounts.rotate(request, signal);
}

const idsOf = (identity: string): string[] =>
  cloud.iam.keys.filter((key) => key['iam_id'] === identity).map(({ id }) => id);

/** The value of the one key that the holder's identity has. */
function theOneKey(): string {
  const keys = cloud.iam.keys.filter((key) => key['iam_id'] === HOLDER);
  expect(keys).toHaveLength(1);
  return keys[0]?.apikey ?? '';
}

describe('rotating a key', () => {
  test('makes a new one for the same identity, puts it in force, and deletes the old one', async () => {
    expect(await rotate()).toMatchObject({ account: ACCOUNT, identity: HOLDER, deleted: ['ApiKey-first'] });
    expect(kept).toEqual({
      management: { apikey: cloud.managementKey },
      current: { apikey: theOneKey() },
      pending: null,
    });
    expect(theOneKey()).not.toBe(cloud.holderKey);
    await expect(accounts.verify(cloud.request(kept), signal)).resolves.toBeDefined();
  });

  test('answers no key, and calls no service with one in its address', async () => {
    const answer = await rotate();
    expect(JSON.stringify([answer, cloud.calls])).not.toMatch(/secret-|eyJ|refresh-/);
  });

  test.each(['create', 'pending', 'current', 'delete'])(
    'after a crash behind the step "%s", the next attempt leaves one key, which works',
    async (step) => {
      crashAfter = step;
      if (step === 'create' || step === 'delete') {
        const route =
          step === 'create' ? 'POST /iam/global/v1/apikeys' : 'DELETE /iam/global/v1/apikeys/ApiKey-first';
        // The work is done, and its answer is lost for good.
        let isDone = false;
        cloud.fate = (call): Fate => {
          if (isDone) return 'silence';
          if (call !== route) return 'answer';
          isDone = true;
          return 'lose-answer';
        };
        accounts = await cloud.openAccounts({ timeouts: { answer: '30s' } });
      }
      await expect(rotate()).rejects.toThrow(/IBM Cloud did not answer|does not answer|^$/);
      crashAfter = null;
      cloud.fate = () => 'answer';
      accounts = await cloud.openAccounts();
      await rotate();
      expect(kept.current).toEqual({ apikey: theOneKey() });
      expect(kept.pending).toBeNull();
      await expect(accounts.verify(cloud.request(kept), signal)).resolves.toBeDefined();
      const first = cloud.request({ ...kept, current: { apikey: cloud.holderKey } });
      await expect(accounts.verify(first, signal)).rejects.toThrow(ProviderRefused);
    },
  );

  test('a new key that was kept is gone on with, once it is known', async () => {
    crashAfter = 'pending';
    await expect(rotate()).rejects.toThrow(Crash);
    crashAfter = null;
    const made = kept.pending;
    cloud.time.skip(60_000);
    await rotate();
    expect(kept.current).toEqual(made);
  });

  test('a new key is tried until it is known, and put in force not before', async () => {
    cloud.iam.propagationMs = 10_000;
    await rotate();
    theOneKey();
    cloud.iam.propagationMs = 86_400_000;
    const failure = rotate();
    await expect(failure).rejects.toThrow(ProviderTransient);
    await expect(failure).rejects.toThrow('The new key does not work yet');
    expect(idsOf(HOLDER)).toHaveLength(2);
    expect(kept.current).not.toEqual(kept.pending);
  });

  test('nobody who wants the rotation any more stops it: the old key stays in force', async () => {
    crashAfter = 'current';
    await expect(rotate()).rejects.toThrow(Crash);
    expect(idsOf(HOLDER)).toContain('ApiKey-first');
  });

  test('locks are taken off old keys, and put on new ones where that is wanted', async () => {
    accounts = await cloud.openAccounts({ lockKeys: true });
    await rotate();
    const [made] = idsOf(HOLDER);
    expect(cloud.iam.keys.find(({ id }) => id === made)).toMatchObject({ locked: true });
    await rotate();
    expect(idsOf(HOLDER)).not.toContain(made);
    theOneKey();
  });

  test('keys of others, and those to keep, are let be', async () => {
    cloud.iam.makeKey('ApiKey-of-manager', MANAGER, { name: 'poolkeeper-res_1' });
    cloud.iam.makeKey('ApiKey-kept', HOLDER, { name: 'poolkeeper-res_1' });
    cloud.iam.makeKey('ApiKey-lost', HOLDER, { name: 'poolkeeper-res_1' });
    await rotate({ keep: { ids: ['ApiKey-kept'] } });
    expect(idsOf(MANAGER)).toContain('ApiKey-of-manager');
    expect(idsOf(HOLDER)).toHaveLength(2);
    expect(idsOf(HOLDER)).toContain('ApiKey-kept');
  });

  test('a description that names another identity’s key leads nobody to delete it', async () => {
    const apikey = cloud.iam.makeKey('ApiKey-evil', HOLDER, { description: 'replaces ApiKey-management' });
    kept = { ...kept, current: { apikey } };
    await rotate();
    expect(idsOf(MANAGER)).toContain('ApiKey-management');
  });

  test('without a credential that manages it, the new key deletes the old one', async () => {
    kept = { ...kept, management: null };
    await rotate();
    expect(kept.current).toEqual({ apikey: theOneKey() });
  });

  test('a first key is made for the identity that the account names', async () => {
    cloud.iam.keys.splice(
      cloud.iam.keys.findIndex(({ id }) => id === 'ApiKey-first'),
      1,
    );
    kept = { ...kept, current: null };
    await expect(rotate()).rejects.toThrow('Set params.identity');
    await rotate({ identity: HOLDER });
    expect(kept.current).toEqual({ apikey: theOneKey() });
  });

  test('holders who are shown the key that manages the account are a mistake, which is told', async () => {
    kept = { ...kept, current: { apikey: cloud.managementKey } };
    await expect(rotate()).rejects.toThrow('Set another management credential');
  });

  test('in a dry run no key is made or deleted, so the account is not lent: its last holder has the key still', async () => {
    accounts = await cloud.openAccounts({ dryRun: true });
    await expect(rotate()).rejects.toThrow('This is a dry run: the key ApiKey-first would be replaced');
    await expect(rotate()).rejects.toThrow(ProviderRefused);
    expect(theOneKey()).toBe(cloud.holderKey);
  });

  test('what else a credential says stays, and one with a user keeps its form', async () => {
    kept = { ...kept, current: { username: 'apikey', password: cloud.holderKey, region: 'eu-de' } };
    await rotate();
    const key = theOneKey();
    expect(kept.current).toEqual({ username: 'apikey', password: key, apikey: key, region: 'eu-de' });
  });
});

describe('an account with user name and password', () => {
  beforeEach(() => {
    cloud.iam.users.set('ann@example.com', { iamId: 'IBMid-ann', password: 'correct-horse' });
    kept = {
      management: null,
      current: { username: 'ann@example.com', password: 'correct-horse' },
      pending: null,
    };
  });

  test('is rotated by a person, and that is said', async () => {
    await expect(rotate()).rejects.toThrow(ProviderRefused);
    await expect(rotate()).rejects.toThrow(/rotating an account with user name and password is manual/);
  });

  test('is left as it is where the provider is told to', async () => {
    accounts = await cloud.openAccounts({ passwordAccounts: 'leave' });
    expect(await rotate()).toMatchObject({ rotated: false, rotation: expect.stringContaining('is manual') });
  });
});
