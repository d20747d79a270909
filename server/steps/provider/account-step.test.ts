import type { JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { ProviderRefused, ProviderTransient } from '../../providers/contract.ts';
import type { AccountRequest, Accounts, Provider } from '../../providers/contract.ts';
import {
  TestAccountService,
  aTestAccountProvider,
  createTestAccounts,
} from '../../providers/test-accounts.ts';
import { StepRefused } from '../contract.ts';
import type { StepCredentials } from '../contract.ts';
import { aStepCall, credentialsThatKeep, toolsThatKeep } from '../test-step.ts';
import { KNOWN_EVERYWHERE_MS, NAMED_MAX } from './account-step.ts';
import { createProviderStep } from './provider-step.ts';

/** A vendor in memory with one account, and a step that looks after it. */
function anAccount(more: Partial<Accounts> = {}) {
  let count = 0;
  const service = new TestAccountService(() => `made-up-secret-${(count += 1).toString().padStart(8, '0')}`);
  const current = service.makeKey();
  const credentials = credentialsThatKeep({ management: { token: service.token }, current });
  const provider = aTestAccountProvider({ ...createTestAccounts(service), ...more });
  const tools = toolsThatKeep();
  const run = (input: JsonObject, others: { provider?: Provider; credentials?: StepCredentials } = {}) =>
    createProviderStep({
      providers: new Map([['local', others.provider ?? provider]]),
      credentials: others.credentials ?? credentials,
      paramsOf: (id) => Promise.resolve({ account: `of ${id}` }),
    }).run(aStepCall('provider', input), tools);
  return { service, credentials, tools, run, current };
}

test('the provider is told the account, its parameters, its credentials and the key of the job', async () => {
  const asked: AccountRequest[] = [];
  const { run, service, current, tools } = anAccount({
    verify: (request) => {
      asked.push(request);
      return Promise.resolve({ who: 'me' });
    },
  });
  const passed = { isPassed: true, exitCode: null, evidence: { who: 'me' }, error: null };
  expect(await run({ action: 'verify' })).toEqual(passed);
  expect(asked).toEqual([
    {
      resource: { id: 'res_1', name: 'board-1', pool: 'boards', epoch: 3 },
      params: { account: 'of res_1' },
      credentials: { management: { token: service.token }, current, pending: null },
      idempotencyKey: 'job_1',
    },
  ]);
  expect(tools.hidden).toEqual(expect.arrayContaining([service.token, current['secret']]));
});

test('that a credential is no good is an outcome for good; that nobody knows is none', async () => {
  const { run, service, credentials } = anAccount();
  const bad = credentialsThatKeep({ management: { token: 'old' } });
  const error = 'The account service does not let the management token in.';
  const no = { isPassed: false, exitCode: null, evidence: null, error, isFinal: true };
  expect(await run({ action: 'verify' }, { credentials: bad })).toEqual(no);
  service.isAway = true;
  await expect(run({ action: 'verify' })).rejects.toThrow(ProviderTransient);
  expect(credentials.kept).toEqual([]);
});

test('a credential that was set just now may not be known everywhere yet', async () => {
  const { run } = anAccount();
  const isNew = credentialsThatKeep({ management: { token: 'new' } }, KNOWN_EVERYWHERE_MS - 1);
  await expect(run({ action: 'verify' }, { credentials: isNew })).rejects.toThrow(
    'does not let the management token in. The credentials changed less than 30 s ago, so it may not be known everywhere.',
  );
  const isOld = credentialsThatKeep({ management: { token: 'new' } }, KNOWN_EVERYWHERE_MS);
  expect(await run({ action: 'verify' }, { credentials: isOld })).toMatchObject({ isFinal: true });
});

test('a verdict about credentials that changed meanwhile is none', async () => {
  const { run, credentials } = anAccount({ verify: () => Promise.reject(new ProviderRefused('not let in')) });
  let asks = 0;
  const changing: StepCredentials = {
    ...credentials,
    open: async (resource) => ({
      ...(await credentials.open(resource)),
      current: { secret: `of attempt ${(asks += 1)}` },
    }),
  };
  await expect(run({ action: 'verify' }, { credentials: changing })).rejects.toThrow(ProviderTransient);
});

test('proving passes on an empty account, and names what is left of another', async () => {
  const { run, service } = anAccount();
  expect(await run({ action: 'prove' })).toMatchObject({ isPassed: true, evidence: { leftovers: 0 } });
  service.leave({ kind: 'bucket', id: 'b-1', name: 'logs' });
  service.leave({ kind: 'machine', id: 'vm-1' });
  expect(await run({ action: 'prove' })).toMatchObject({
    isPassed: false,
    evidence: { leftovers: 2, first: ['bucket b-1 (logs)', 'machine vm-1'] },
    error:
      '2 things are left in board-1: bucket b-1 (logs), machine vm-1. Clean it again, or remove it by hand, and retry the step.',
  });
});

test('of very much that is left the first are named and all are counted', async () => {
  const { run, service } = anAccount();
  for (let index = 0; index < 500; index += 1)
    service.leave({ kind: 'machine', id: `vm-${index}`.repeat(30) });
  const { error, evidence } = await run({ action: 'prove' });
  expect(error).toMatch(/^500 things are left in board-1: machine vm-0/);
  expect(error).toMatch(/, and \d{3} more\. Clean it again/);
  expect(error?.length).toBeLessThan(500);
  expect(evidence).toMatchObject({ leftovers: 500 });
  expect(evidence?.['first']).toHaveLength(NAMED_MAX);
  expect(JSON.stringify(evidence).length).toBeLessThan(4_096);
});

test('cleaning that proves fails as long as something is left', async () => {
  let sweeps = 0;
  const { run, service } = anAccount({
    clean: () => {
      if ((sweeps += 1) === 2) service.things.clear();
      return Promise.resolve({ sweeps });
    },
  });
  service.leave({ kind: 'bucket', id: 'b-1' });
  const step = { action: 'clean', input: { proves: true } };
  expect(await run({ action: 'clean' })).toMatchObject({ isPassed: true, evidence: { sweeps: 1 } });
  service.leave({ kind: 'bucket', id: 'b-1' });
  sweeps = 0;
  expect(await run(step)).toMatchObject({ isPassed: false, evidence: { sweeps: 1, leftovers: 1 } });
  expect(await run(step)).toMatchObject({ isPassed: true, evidence: { sweeps: 2, leftovers: 0 } });
});

test('a rotation is kept under the job before it goes on, and what it made is hidden', async () => {
  const { run, credentials, tools, service, current } = anAccount();
  expect(await run({ action: 'rotate' })).toMatchObject({ isPassed: true });
  const made = credentials.now().current as Record<string, string>;
  expect(credentials.kept).toEqual([
    { job: 'job_1', resource: 'res_1', part: 'pending', values: made },
    { job: 'job_1', resource: 'res_1', part: 'current', values: made },
  ]);
  expect([service.opens(made), service.opens(current), service.keys.size]).toEqual([true, false, 1]);
  expect(tools.hidden).toContain(made['secret']);
  expect(tools.text()).toBe(
    'board-1: a new credential is made and remembered\nboard-1: a new credential is in force\n',
  );
});

test('a rotation that nobody wants any more stops, and the key in force stays', async () => {
  const { run, credentials, service, current } = anAccount();
  const unwanted: StepCredentials = {
    ...credentials,
    keep: () => Promise.reject(new StepRefused('nobody wants this step any more')),
  };
  await expect(run({ action: 'rotate' }, { credentials: unwanted })).rejects.toThrow(
    'nobody wants this step',
  );
  expect(service.opens(current)).toBe(true);
});

test('a provider that cannot rotate says what a person can do', async () => {
  const { run, service } = anAccount();
  const accounts = createTestAccounts(service);
  delete accounts.rotate;
  await expect(run({ action: 'rotate' }, { provider: aTestAccountProvider(accounts) })).rejects.toThrow(
    'Provider local cannot rotate: its driver, test, makes no credentials. Set a new one by hand',
  );
});

test('input that an action of accounts does not know is refused', async () => {
  const { run } = anAccount();
  await expect(run({ action: 'prove', input: { deep: true } })).rejects.toThrow(
    'with/input/deep: the action prove of an account does not know this. It takes none; leave "input" out.',
  );
});
