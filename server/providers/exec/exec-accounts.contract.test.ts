import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accountContract } from '../contract-suite.ts';
import type { AccountPlace } from '../contract-checks/account-place.ts';
import { anExecPlace } from './test-place.ts';

/** The examples, as programs that keep the contract of accounts: the vendor is a folder. */

const examples = join(import.meta.dirname, '..', '..', '..', 'examples', 'providers');
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('SKIPPED: there is no python3 here, so the example in Python is not tested.');

type Opened = Pick<AccountPlace, 'params' | 'credentials'>;

function aPlace(program: string): AccountPlace & { cleanUp(): Promise<void> } {
  const place = anExecPlace();
  const vendor = join(place.directory, 'vendor');
  const account = join(vendor, 'account-1');
  const { stdout } = spawnSync(join(examples, 'account-vendor', 'vendor.sh'), ['open', 'account-1'], {
    cwd: place.directory,
    encoding: 'utf8',
  });
  const { params, credentials } = JSON.parse(stdout) as Opened;
  return {
    params,
    credentials,
    open: () => place.open({ command: [join(examples, program)], accounts: true, makes: false }),
    plant: () => {
      for (const kind of ['bucket', 'machine']) mkdirSync(join(account, 'things', kind), { recursive: true });
      writeFileSync(join(account, 'things', 'bucket', 'logs'), '');
      writeFileSync(join(account, 'things', 'machine', 'vm-1'), '');
      return Promise.resolve([
        { kind: 'bucket', id: 'logs' },
        { kind: 'machine', id: 'vm-1' },
      ]);
    },
    setAway: (isAway) => {
      if (isAway) writeFileSync(join(vendor, 'away'), '');
      else rmSync(join(vendor, 'away'));
      return Promise.resolve();
    },
    countKeys: () => Promise.resolve(readdirSync(join(account, 'keys')).length),
    works: ({ id = '', secret }) => {
      const key = join(account, 'keys', id);
      return Promise.resolve(existsSync(key) && readFileSync(key, 'utf8') === secret);
    },
    cutsAfterMs: [5, 40],
    cleanUp: () => Promise.resolve(place.cleanUp()),
  };
}

accountContract('the example in shell', () => Promise.resolve(aPlace('account-shell/provider.sh')));
describe.skipIf(!hasPython)('with Python', () => {
  accountContract('the example in Python', () => Promise.resolve(aPlace('account-python/provider.py')));
});

test('a provider whose resources are registered makes, lists and destroys nothing', async () => {
  const place = anExecPlace();
  await using provider = await place.script('exit 1', { makes: false, accounts: true });
  const { signal } = new AbortController();
  const resource = { id: 'res_1', name: 'one', pool: 'web', kind: 'account' };
  const creation = provider.create({ resource, template: null, idempotencyKey: 'job_1' }, signal);
  await expect(creation).rejects.toThrow('makes nothing ("makes: false"), so it cannot create one');
  expect(await provider.observe(signal)).toEqual([]);
  expect(await provider.destroy({ resource, externalId: null, idempotencyKey: 'job_2' }, signal)).toBe(
    'gone',
  );
  expect([provider.makes, provider.checkTemplate({ size: 'small' })]).toMatchObject([
    false,
    [{ pointer: '' }],
  ]);
  place.cleanUp();
});
