import { rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '@poolkeeper/core';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Accounts, OpenCredential, RotateRequest } from '../contract.ts';
import { checkProvider } from '../open-provider.ts';
import { anExecPlace } from './test-place.ts';

const { signal } = new AbortController();
const TOKEN = 'management-token-0123456789';

/** A program that looks after accounts, and what is asked of it; `said` is all that it put out for the step. */
async function aProgram(lines: string) {
  const place = anExecPlace();
  const provider = await place.script(lines, { accounts: true, makes: false });
  onTestFinished(async () => {
    await provider[Symbol.asyncDispose]();
    place.cleanUp();
  });
  const kept: [string, OpenCredential][] = [];
  const request: RotateRequest = {
    resource: { id: 'res_1', name: 'one', pool: 'accounts', epoch: 4 },
    params: { account: 'a-17', regions: ['here'] },
    credentials: { management: { token: TOKEN }, current: { key: 'key-in-force' }, pending: null },
    idempotencyKey: 'job_1',
    keep: (part, credential) => {
      kept.push([part, credential]);
      return Promise.resolve();
    },
  };
  const said: Buffer[] = [];
  const output = (chunk: Uint8Array): void => void said.push(Buffer.from(chunk));
  const { accounts } = provider as { accounts: Required<Accounts> };
  return {
    place,
    kept,
    request,
    said: () => Buffer.concat(said).toString(),
    log: () => JSON.stringify(place.log),
    rotate: (more: Partial<RotateRequest> = {}) => accounts.rotate({ ...request, ...more }, signal, output),
    verify: () => accounts.verify(request, signal, output),
    leftovers: () => accounts.leftovers(request, signal, output),
  };
}

test('a program is told all of an account, and its credentials on standard input alone', async () => {
  const program = await aProgram('cat > told; env > variables; echo "$*" > arguments; echo "{}"');
  await program.verify();
  const told = JSON.parse(program.place.read('told')) as JsonObject;
  const { resource, params, credentials } = program.request;
  expect(told).toMatchObject({ protocol: 1, resource, params, credentials, idempotencyKey: 'job_1' });
  const variables = program.place.read('variables');
  expect(variables).toContain('POOLKEEPER_PARAM_ACCOUNT=a-17\n');
  expect(variables).toContain('POOLKEEPER_RESOURCE_EPOCH=4\n');
  expect(`${variables}${program.place.read('arguments')}`).not.toMatch(/management-token|key-in-force/);
});

test('a program that is not there, or does not know the question, says nothing about the account', async () => {
  const program = await aProgram('echo "{}"');
  rmSync(program.place.path('program.sh'));
  await expect(program.verify()).rejects.toThrow(ProviderTransient);
  writeFileSync(program.place.path('program.sh'), '#!/bin/sh\nexit 0\n', { mode: 0o600 });
  await expect(program.verify()).rejects.toThrow(ProviderTransient);
  const other = await aProgram('exit 64');
  await expect(other.verify()).rejects.toThrow(ProviderTransient);
});

test('credentials are hidden in the log and in errors', async () => {
  const program = await aProgram(`sed "s/.*credentials//" >&2; exit 65`);
  const error = await program.verify().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProviderRefused);
  for (const text of [(error as Error).message, program.log()]) {
    expect(text).toContain('[management.token]');
    expect(text).not.toMatch(/management-token|key-in-force/);
  }
});

test('a rotation is three calls, and each is told what is remembered by then', async () => {
  const program = await aProgram(
    'told=$(cat); echo "$POOLKEEPER_PHASE $(echo "$told" | sed "s/.*credentials//")" >> calls\n' +
      'if [ "$POOLKEEPER_PHASE" = create ]; then echo \'{"credential":{"key":"key-made-now"}}\'; else echo "{}"; fi',
  );
  await program.rotate();
  const [create, attempt, del] = program.place.read('calls').trim().split('\n');
  expect(create).toMatch(/^create .*"current":\{"key":"key-in-force"\},"pending":null/);
  expect(attempt).toMatch(/^try .*"current":\{"key":"key-in-force"\},"pending":\{"key":"key-made-now"\}/);
  expect(del).toMatch(/^delete .*"current":\{"key":"key-made-now"\},"pending":null/);
  expect(program.kept).toEqual([
    ['pending', { key: 'key-made-now' }],
    ['current', { key: 'key-made-now' }],
  ]);
});

test('what an earlier attempt made is tried first, and made anew only when it is refused', async () => {
  const program = await aProgram(
    'told=$(cat); echo "$POOLKEEPER_PHASE" >> calls\n' +
      'case "$POOLKEEPER_PHASE $told" in\n' +
      '  create*) echo \'{"credential":{"key":"key-made-now"}}\' ;;\n' +
      '  try*key-spoiled*) exit 65 ;;\n' +
      '  try*key-away*) exit 75 ;;\n' +
      '  *) echo "{}" ;;\n' +
      'esac',
  );
  const { credentials } = program.request;
  const calls = async (key: string): Promise<string> => {
    await program.rotate({ credentials: { ...credentials, pending: { key } } });
    return program.place.read('calls').replaceAll('\n', ' ');
  };
  expect(await calls('key-good')).toBe('try delete ');
  expect(program.kept).toEqual([['current', { key: 'key-good' }]]);
  expect(await calls('key-spoiled')).toBe('try delete try create try delete ');
  // When nobody can tell, it is not given up.
  await expect(calls('key-away')).rejects.toThrow(ProviderTransient);
  expect(program.place.read('calls')).toMatch(/delete\ntry\n$/);
});

test('a key that was just made is in no log, no output and no error, however much the program says', async () => {
  const key = 'fresh-key-9876543210';
  const verbose = await aProgram(
    `cat >/dev/null; [ "$POOLKEEPER_PHASE" != create ] || { echo "+ key=${key}" >&2; echo '{"credential":{"key":"${key}"}}'; exit 0; }\n` +
      `echo "{}"`,
  );
  await verbose.rotate();
  expect(verbose.said()).toContain('+ key=[new credential 1]');
  const broken = await aProgram(`cat >/dev/null; echo "made ${key}" >&2; echo "key: ${key}"`);
  const failing = await aProgram(
    `cat >/dev/null; echo "made ${key}" >&2; echo '{"credential": {"key": "${key}"'; exit 1`,
  );
  const wrong = await aProgram(`cat >/dev/null; echo '{"credential": {"key": ["${key}"]}}'`);
  for (const program of [broken, failing, wrong]) {
    const error = await program.rotate().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProviderTransient);
    for (const text of [(error as Error).message, program.log(), program.said()])
      expect(text).not.toContain(key);
    expect(program.kept).toEqual([]);
  }
  expect(verbose.log()).not.toContain(key);
});

test('a program that makes nothing new, or nothing, is told so', async () => {
  const same = await aProgram(`cat >/dev/null; echo '{"credential":{"key":"key-in-force"}}'`);
  await expect(same.rotate()).rejects.toThrow('answered the one that is in force');
  const none = await aProgram(`cat >/dev/null; echo '{}'`);
  await expect(none.rotate()).rejects.toThrow('needed in phase "create" is an object of texts by name');
  expect([...same.kept, ...none.kept]).toEqual([]);
});

test('leftovers that are told wrongly are not taken for none', async () => {
  const program = await aProgram(`cat >/dev/null; echo '{"leftovers": [{"id": "b-1"}]}'`);
  await expect(program.leftovers()).rejects.toThrow('leftovers[0].kind: is missing');
});

test('actions of accounts are not named as actions of the program too', () => {
  const entry = {
    name: 'mine',
    driver: 'exec',
    command: ['./p'],
    accounts: true,
    actions: ['reboot', 'clean'],
  };
  expect(checkProvider(entry)).toMatchObject([
    { pointer: '/actions/1', message: expect.stringContaining('leave it out') },
  ]);
});
