import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

const SEALED = 'sealed-text';

/** One account, which is rotated and cleaned when it comes back. */
function account(): { t: TestWorld; id: string } {
  const t = new TestWorld();
  t.workflow('wipe', [{ name: 'rotate' }, { name: 'clean' }]);
  const [one] = t.staticPool('accounts', [{}], { on: { release: { workflow: 'wipe' } } });
  return { t, id: one?.id ?? '' };
}

function put(
  t: TestWorld,
  resource: string,
  sealed: Partial<Record<'current' | 'management', string | null>>,
  version?: number,
) {
  return t.decide({
    type: 'putCredential',
    resource,
    sealed,
    by: 'ann',
    ...(version === undefined ? {} : { version }),
  });
}

/** The account comes back from its first holder: its rotation is under way. */
function rotating(): { t: TestWorld; id: string; job: string } {
  const { t, id } = account();
  put(t, id, { current: 'old', management: 'boss' });
  t.end(t.request('bob', 'accounts'));
  return { t, id, job: t.world.jobOfResource.get(id) as string };
}

describe('credentials that a person gives', () => {
  test('are kept sealed, with the epoch and a version of their own', () => {
    const { t, id } = account();
    const first = put(t, id, { current: SEALED, management: 'boss' });
    expect(first.reply).toEqual({
      id,
      current: { sealed: SEALED, at: t.now, epoch: 0 },
      pending: null,
      management: { sealed: 'boss', at: t.now, epoch: 0 },
      createdAt: t.now,
      changedAt: t.now,
      version: 1,
    });
    t.now += 1_000;
    expect(put(t, id, { current: 'next' }).reply).toMatchObject({
      current: { sealed: 'next' },
      management: { sealed: 'boss' },
      changedAt: t.now,
      version: 2,
    });
  });

  test('are told of by part and version alone (C6)', () => {
    const { t, id } = account();
    const { events } = put(t, id, { current: SEALED });
    expect(events).toMatchObject([
      {
        type: 'credential.changed',
        resource: id,
        pool: 'accounts',
        data: { parts: ['current'], version: 1, by: 'ann' },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(SEALED);
  });

  test('are gone with the last part that is taken away (C1)', () => {
    const { t, id } = account();
    put(t, id, { current: SEALED, management: 'boss' });
    expect(put(t, id, { management: null }).reply).toMatchObject({ management: null, version: 2 });
    const last = put(t, id, { current: null });
    expect(last.reply).toBeUndefined();
    expect(last.events.map(({ type, data }) => [type, data])).toEqual([
      ['credential.removed', { version: 3 }],
    ]);
    expect(put(t, id, { current: null }).events).toEqual([]);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('are refused for another version, and for a resource that is not there', () => {
    const { t, id } = account();
    expect(refusalOf(() => put(t, id, { current: 'x' }, 1)).code).toBe('no_credentials');
    put(t, id, { current: 'x' });
    expect(refusalOf(() => put(t, id, { current: 'y' }, 2)).code).toBe('version_mismatch');
    expect(refusalOf(() => put(t, 'res_none', { current: 'y' })).code).toBe('resource_not_found');
  });

  test('go with their resource, whatever it goes by (C1)', () => {
    const { t, id } = account();
    put(t, id, { current: SEALED });
    t.do({ type: 'actOnResource', resource: id, action: 'retire', reason: 'old' });
    const job = t.world.jobOfResource.get(id) as string;
    const { events } = t.decide({ type: 'finishJob', job, outcome: { result: 'gone' } });
    expect(t.world.credentials.size).toBe(0);
    expect(events.map(({ type }) => type)).toContain('credential.removed');
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('what a rotation made', () => {
  test('is remembered before it is in force, and then in the place of the one before (C3)', () => {
    const { t, id, job } = rotating();
    expect(t.do({ type: 'keepCredential', job, part: 'pending', sealed: 'fresh' })).toEqual({ isKept: true });
    expect(t.world.credentials.get(id)).toMatchObject({
      current: { sealed: 'old' },
      pending: { sealed: 'fresh', epoch: 1 },
    });
    const kept = t.decide({ type: 'keepCredential', job, part: 'current', sealed: 'fresh' });
    expect(t.world.credentials.get(id)).toMatchObject({
      current: { sealed: 'fresh', epoch: 1 },
      pending: null,
      management: { sealed: 'boss', epoch: 0 },
    });
    expect(kept.events).toMatchObject([{ type: 'credential.changed', data: { parts: ['current'] } }]);
    expect(JSON.stringify(kept.events)).not.toContain('fresh');
  });

  test('is dropped again where it was not to be', () => {
    const { t, id, job } = rotating();
    t.do({ type: 'keepCredential', job, part: 'pending', sealed: 'fresh' });
    t.do({ type: 'keepCredential', job, part: 'pending', sealed: null });
    expect(t.world.credentials.get(id)).toMatchObject({ current: { sealed: 'old' }, pending: null });
    const again = t.decide({ type: 'keepCredential', job, part: 'pending', sealed: null });
    expect([again.reply, again.changes]).toEqual([{ isKept: true }, []]);
  });

  test('stays when a person sets another one meanwhile: the next rotation tidies it up (C3)', () => {
    const { t, id, job } = rotating();
    t.do({ type: 'keepCredential', job, part: 'pending', sealed: 'fresh' });
    put(t, id, { current: 'by hand' });
    expect(t.world.credentials.get(id)).toMatchObject({
      current: { sealed: 'by hand' },
      pending: { sealed: 'fresh' },
    });
  });

  test('is not kept for a step whose job is over, is none, or is of another epoch (C4)', () => {
    const { t, id, job } = rotating();
    t.finishStep(id);
    const late = { type: 'keepCredential', job, part: 'current', sealed: 'late' } as const;
    expect(t.do(late)).toEqual({ isKept: false });
    expect(t.do({ ...late, job: 'job_none' })).toEqual({ isKept: false });
    expect(t.world.credentials.get(id)).toMatchObject({ current: { sealed: 'old' } });
  });

  test('is kept for the runner that has the job alone (C4)', () => {
    const t = new TestWorld();
    t.workflow('wipe', [{ name: 'rotate', runsOn: { site: 'lab' } }]);
    const [one] = t.staticPool('accounts', [{}], { on: { release: { workflow: 'wipe' } } });
    t.end(t.request('bob', 'accounts'));
    const job = t.world.jobOfResource.get(one?.id ?? '') as string;
    t.do({ type: 'claimJob', job, runner: 'r@t' });
    const kept = { type: 'keepCredential', job, part: 'current', sealed: 'fresh' } as const;
    expect(t.do(kept)).toEqual({ isKept: false });
    expect(t.do({ ...kept, fence: 2 })).toEqual({ isKept: false });
    expect(t.do({ ...kept, fence: 1 })).toEqual({ isKept: true });
  });
});

describe('sealing anew (C5)', () => {
  test('changes what is sealed and nothing else, without an event', () => {
    const { t, id } = account();
    const before = put(t, id, { current: 'a', management: 'b' }).reply;
    t.now += 1_000;
    const reseal = { type: 'resealCredential', resource: id, version: 1, sealed: { current: 'A' } } as const;
    const { reply, events } = t.decide(reseal);
    expect([reply, events]).toEqual([{ isResealed: true }, []]);
    const current = { ...before?.current, sealed: 'A' };
    expect(t.world.credentials.get(id)).toEqual({ ...before, current });
  });

  test('loses against a change, and against a removal', () => {
    const { t, id } = account();
    put(t, id, { current: 'a' });
    put(t, id, { current: 'b' });
    const reseal = { type: 'resealCredential', resource: id, version: 1, sealed: { current: 'A' } } as const;
    expect(t.do(reseal)).toEqual({ isResealed: false });
    expect(t.world.credentials.get(id)).toMatchObject({ current: { sealed: 'b' } });
    put(t, id, { current: null });
    expect(t.do({ ...reseal, version: 3 })).toEqual({ isResealed: false });
  });
});
