import { describe, expect, test } from 'vitest';
import type { Run } from '../model/run.ts';
import type { JsonObject } from '../json.ts';
import type { Workflow } from '../model/workflow.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { putDocument } from '../world/world.ts';
import { SECRETS_MAX } from './secrets.ts';
import { usersBySecret, usersOfSecret } from './users-of-secret.ts';

const SEALED = 'sealed-text';

function put(t: TestWorld, name = 'root', more: { sealed?: string; version?: number } = {}) {
  return t.decide({ type: 'putSecret', name, sealed: SEALED, by: 'admin', ...more });
}

function remove(t: TestWorld, name = 'root', version?: number) {
  return t.decide({ type: 'removeSecret', name, by: 'admin', ...(version === undefined ? {} : { version }) });
}

function addWorkflow(t: TestWorld, name: string, input: JsonObject): void {
  const step = {
    name: 'look',
    uses: 'exec',
    with: input,
    timeoutMs: 1_000,
    retries: 0,
    if: null,
    onFailure: 'hold',
    runsOn: {},
  } as const;
  const workflow: Workflow = { name, steps: [step], version: 1, createdAt: 0 };
  putDocument(t.world, 'workflow', name, workflow);
}

function addProvider(t: TestWorld, name: string, options: JsonObject): void {
  const entry = {
    name,
    driver: 'simulated',
    makes: true,
    options,
    status: 'open',
    version: 1,
    createdAt: 0,
  } as const;
  putDocument(t.world, 'provider', name, entry);
}

describe('a secret is kept (J11)', () => {
  test('sealed, with a version and times', () => {
    const t = new TestWorld();
    const first = put(t).reply;
    expect(first).toEqual({ name: 'root', sealed: SEALED, version: 1, createdAt: t.now, changedAt: t.now });
    t.now += 1_000;
    expect(put(t, 'root', { sealed: 'other' }).reply).toEqual({
      ...first,
      sealed: 'other',
      version: 2,
      changedAt: t.now,
    });
  });

  test('and what is sealed is in no event', () => {
    const t = new TestWorld();
    const events = [...put(t).events, ...remove(t).events];
    expect(events).toMatchObject([
      { type: 'secret.changed', data: { name: 'root', version: 1, by: 'admin' } },
      { type: 'secret.removed', data: { name: 'root', version: 1, by: 'admin' } },
    ]);
    expect(JSON.stringify(events)).not.toContain(SEALED);
  });

  test('for the version that is said', () => {
    const t = new TestWorld();
    expect(refusalOf(() => put(t, 'root', { version: 1 })).code).toBe('secret_not_found');
    put(t);
    expect(refusalOf(() => put(t, 'root', { version: 2 })).code).toBe('version_mismatch');
    expect(put(t, 'root', { version: 1 }).reply.version).toBe(2);
  });

  test.each(['', 'Root', '-x', '../x', 'a b', 'a}', 'x'.repeat(64)])('not as %j', (name) => {
    expect(refusalOf(() => put(new TestWorld(), name))).toMatchObject({ code: 'invalid_input', at: '/name' });
  });

  test('while there are fewer than the most', () => {
    const t = new TestWorld();
    for (let n = 0; n < SECRETS_MAX; n += 1) put(t, `s${n}`);
    expect(refusalOf(() => put(t, 'more'))).toMatchObject({ code: 'invalid_input', at: '/name' });
    expect(put(t, 's0').reply.version).toBe(2);
  });
});

describe('a secret is sealed anew', () => {
  const reseal = (t: TestWorld, version: number, name = 'root') =>
    t.decide({ type: 'resealSecret', name, sealed: 'anew', version });

  test('without a trace for anybody who reads it', () => {
    const t = new TestWorld();
    const before = put(t).reply;
    t.now += 1_000;
    const { reply, events } = reseal(t, 1);
    expect([reply, events]).toEqual([{ isResealed: true }, []]);
    expect(t.world.secrets.get('root')).toEqual({ ...before, sealed: 'anew' });
  });

  test('not when it changed or went meanwhile', () => {
    const t = new TestWorld();
    put(t);
    put(t, 'root', { sealed: 'new value' });
    expect(reseal(t, 1).reply).toEqual({ isResealed: false });
    expect(t.world.secrets.get('root')?.sealed).toBe('new value');
    expect(reseal(t, 1, 'gone').reply).toEqual({ isResealed: false });
    expect(t.world.secrets.has('gone')).toBe(false);
  });
});

describe('a secret goes (J11)', () => {
  test('when nothing names it', () => {
    const t = new TestWorld();
    put(t);
    put(t, 'root-2');
    addWorkflow(t, 'wipe', { text: '${secrets.root-2}' });
    expect(remove(t).reply.name).toBe('root');
    expect([...t.world.secrets.keys()]).toEqual(['root-2']);
    expect(refusalOf(() => remove(t)).code).toBe('secret_not_found');
  });

  test('for the version that is said', () => {
    const t = new TestWorld();
    put(t);
    expect(refusalOf(() => remove(t, 'root', 2)).code).toBe('version_mismatch');
    remove(t, 'root', 1);
  });

  test('not while a workflow names it, however deep', () => {
    const t = new TestWorld();
    put(t);
    addWorkflow(t, 'wipe', { env: { list: ['a', { b: 'x-${secrets.root}-y' }] } });
    const refusal = refusalOf(() => remove(t));
    expect(refusal.code).toBe('secret_in_use');
    expect(refusal.message).toContain('workflow "wipe"');
    expect(t.world.secrets.has('root')).toBe(true);
  });

  test('not while a provider names it in its options', () => {
    const t = new TestWorld();
    put(t);
    addProvider(t, 'cloud', { settings: { secret: 'root' } });
    const refusal = refusalOf(() => remove(t));
    expect(refusal.code).toBe('secret_in_use');
    expect(refusal.message).toBe('Secret "root" is named by provider "cloud". Take it out of there first.');
    addProvider(t, 'cloud', { settings: { secret: 'root', more: 1 } });
    remove(t);
  });

  test('not while a run has a step before it that needs it', () => {
    const t = new TestWorld();
    put(t);
    const use = { pointer: '/password', parts: [{ secret: 'root' }] };
    const run = (at: number) =>
      ({ id: 'run_1', dueAt: null, at, steps: [{ secrets: [use] }] }) as unknown as Run;
    putDocument(t.world, 'run', 'run_1', run(0));
    expect(refusalOf(() => remove(t)).message).toContain('run run_1');
    putDocument(t.world, 'run', 'run_1', run(1));
    remove(t);
  });
});

test('who names which secret is told by name', () => {
  const t = new TestWorld();
  addProvider(t, 'cloud', { settings: { secret: 'y', member: 'keys' }, deep: { settings: { secret: 'z' } } });
  addWorkflow(t, 'b', { one: '${secrets.x}', two: '${secrets.y}${secrets.x}' });
  addWorkflow(t, 'a', { one: '${secrets.x}', no: '${params.secrets.z} secrets.z $${secrets.z}' });
  expect(usersBySecret(t.world)).toEqual(
    new Map([
      ['x', { workflows: ['a', 'b'], providers: [] }],
      ['y', { workflows: ['b'], providers: ['cloud'] }],
    ]),
  );
  expect(usersOfSecret(t.world, 'y')).toEqual({ workflows: ['b'], providers: ['cloud'], runs: [] });
});
