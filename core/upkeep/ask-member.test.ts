import { describe, expect, test } from 'vitest';
import type { JobOutcome } from '../model/job.ts';
import type { PoolSpec } from '../model/pool.ts';
import type { Upkeep } from '../model/upkeep.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { KEEPER, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { Transaction } from '../world/transaction.ts';
import { putDocument } from '../world/world.ts';
import type { MemberAsk } from './ask-member.ts';
import { shiftSize } from './shift-size.ts';

const TERMINATE: MemberAsk = { do: 'terminate', lowersSize: true };
const DETACH: MemberAsk = { do: 'detach', lowersSize: true };
const ATTACH: MemberAsk = { do: 'attach' };
const BLESS: MemberAsk = { do: 'mark', marks: { membership: { active: true, evictable: false } } };
const FAILED: JobOutcome = { result: 'failed', reason: 'transient', error: 'the cloud is away' };
const GONE: JobOutcome = { result: 'gone' };
const DONE: JobOutcome = { result: 'done' };

/** A pool of members that are up, named as clients name them. */
function aPool(desired: number, spec: Partial<PoolSpec> = {}): { t: TestWorld; machines: string[] } {
  const t = new TestWorld();
  putDocument(t.world, 'provider', KEEPER.name, KEEPER);
  t.sizedPool('web', { desired }, { provider: 'keeper', ...spec });
  t.finishJobs();
  return { t, machines: [...t.world.resourceIds].map((id) => `ext-${id}`) };
}

function ask(t: TestWorld, machine: string, what: MemberAsk) {
  return t.decide({ type: 'askMember', pool: 'web', machine, ask: what });
}

function answer(t: TestWorld, job: string | null, outcome: JobOutcome) {
  return t.decide({ type: 'finishJob', job: job as string, outcome });
}

function sizeOf(t: TestWorld): number | null {
  const size = t.world.pools.get('web')?.pool.size;
  return size && 'desired' in size ? size.desired : null;
}

function memberOf(t: TestWorld, machine: string) {
  return [...t.world.resources.values()].find(({ externalId }) => externalId === machine);
}

const first = ({ machines }: { machines: string[] }): string => machines[0] as string;

describe('what a client asks is answered by the one attempt at it (M4)', () => {
  test.each([
    ['terminate', TERMINATE, GONE],
    ['detach', DETACH, DONE],
    ['mark', BLESS, DONE],
  ])('%s: done', (_what, what, outcome) => {
    const pool = aPool(2);
    const { job, resource } = ask(pool.t, first(pool), what).reply;
    const { events } = answer(pool.t, job, outcome);
    expect(events.filter(({ type }) => type === 'job.answered')).toEqual([
      expect.objectContaining({
        resource,
        pool: 'web',
        data: { job, kind: expect.any(String), result: 'done', reason: null, error: null },
      }),
    ]);
    expect(checkWorld(pool.t.world)).toEqual([]);
  });

  test.each([
    ['terminate', TERMINATE],
    ['detach', DETACH],
    ['mark', BLESS],
  ])('%s: failed, and everything is as it was', (_what, what) => {
    const pool = aPool(2);
    const before = { size: sizeOf(pool.t), member: memberOf(pool.t, first(pool)) };
    const { job } = ask(pool.t, first(pool), what).reply;
    const { events } = answer(pool.t, job, FAILED);
    expect(events.find(({ type }) => type === 'job.answered')?.data).toMatchObject({
      job,
      result: 'failed',
      reason: 'transient',
      error: 'the cloud is away',
    });
    const { version: _before, since: _since, ...was } = before.member as NonNullable<typeof before.member>;
    expect(memberOf(pool.t, first(pool))).toMatchObject(was);
    expect(sizeOf(pool.t)).toBe(before.size);
    expect(pool.t.world.jobs.size).toBe(0);
    expect(checkWorld(pool.t.world)).toEqual([]);
  });

  test('an end that is only under way is an answer too, and is followed as every other (J7)', () => {
    const pool = aPool(1);
    const { job } = ask(pool.t, first(pool), TERMINATE).reply;
    expect(answer(pool.t, job, { result: 'going' }).events.map(({ type }) => type)).toEqual(['job.answered']);
    expect(answer(pool.t, job, FAILED).events.map(({ type }) => type)).toEqual(['job.failed']);
    expect(answer(pool.t, job, GONE).events.map(({ type }) => type)).toEqual(['resource.gone']);
  });

  test('what something else took the place of is answered as failed', () => {
    const pool = aPool(1);
    const { job, resource } = ask(pool.t, first(pool), BLESS).reply;
    const { events } = pool.t.decide({ type: 'actOnResource', resource, action: 'retire', reason: 'test' });
    expect(events.find(({ type }) => type === 'job.answered')?.data).toMatchObject({ job, result: 'failed' });
  });

  test('what a client waits for is not held', () => {
    const pool = aPool(1);
    const { resource } = ask(pool.t, first(pool), DETACH).reply;
    expect(
      refusalOf(() => pool.t.do({ type: 'actOnResource', resource, action: 'hold', reason: 'test' })),
    ).toMatchObject({ code: 'resource_transition_refused' });
  });

  test('a machine is marked whoever was given it meanwhile', () => {
    const pool = aPool(1);
    const { job, resource } = ask(pool.t, first(pool), BLESS).reply;
    pool.t.request('ann', 'web');
    expect(pool.t.resource(resource).status).toBe('leased');
    expect(answer(pool.t, job, DONE).reply).toEqual({ isAccepted: true });
    expect(pool.t.resource(resource)).toMatchObject({ status: 'leased', isEvictable: false });
    expect(checkWorld(pool.t.world)).toEqual([]);
  });
});

describe('a member that goes is out of service at once (M5)', () => {
  test('a second wish for the same machine finds none, and the size is lowered once', () => {
    const pool = aPool(3);
    ask(pool.t, first(pool), TERMINATE);
    expect(refusalOf(() => ask(pool.t, first(pool), TERMINATE))).toMatchObject({ code: 'machine_not_found' });
    expect(sizeOf(pool.t)).toBe(2);
  });

  test('a pool that follows its size at once makes none in its place when it is to be smaller', () => {
    const pool = aPool(2);
    const { job } = ask(pool.t, first(pool), TERMINATE).reply;
    answer(pool.t, job, GONE);
    expect([sizeOf(pool.t), pool.t.world.resources.size, pool.t.world.jobs.size]).toEqual([1, 1, 0]);
  });

  test('without a smaller size it is replaced', () => {
    const pool = aPool(2);
    const { job } = ask(pool.t, first(pool), { do: 'terminate', lowersSize: false }).reply;
    answer(pool.t, job, GONE);
    pool.t.finishJobs();
    expect([sizeOf(pool.t), pool.t.world.resources.size]).toEqual([2, 2]);
  });

  test('what its pool does at an exit comes first; then it goes for good, and that is the answer', () => {
    const t = new TestWorld();
    putDocument(t.world, 'provider', KEEPER.name, KEEPER);
    t.workflow('drain', [{ name: 'drain' }]);
    t.sizedPool('web', { desired: 1 }, { provider: 'keeper', on: { exit: { workflow: 'drain' } } });
    t.finishJobs();
    const machine = `ext-${[...t.world.resourceIds][0]}`;
    expect(ask(t, machine, TERMINATE).reply.job).toBeNull();
    expect(t.run(memberOf(t, machine)?.id as string).transition).toBe('exit');
    expect(sizeOf(t)).toBe(0);
    t.finishJobs();
    expect(t.world.resources.size).toBe(0);
  });

  test('what is detached lives on: nothing that its pool does at an exit is done to it', () => {
    const t = new TestWorld();
    putDocument(t.world, 'provider', KEEPER.name, KEEPER);
    t.workflow('wipe', [{ name: 'wipe' }]);
    t.sizedPool('web', { desired: 1 }, { provider: 'keeper', on: { exit: { workflow: 'wipe' } } });
    t.finishJobs();
    const machine = `ext-${[...t.world.resourceIds][0]}`;
    const { job } = ask(t, machine, DETACH).reply;
    expect(t.world.jobs.get(job as string)?.kind).toBe('detach');
    expect(answer(t, job, DONE).events.map(({ type }) => type)).toEqual([
      'resource.detached',
      'job.answered',
    ]);
  });
});

describe('the size follows what clients take in and away, unless somebody sets it meanwhile (M6)', () => {
  test('a size that was set meanwhile stays when the attempt fails', () => {
    const pool = aPool(3);
    const { job } = ask(pool.t, first(pool), TERMINATE).reply;
    pool.t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 7 } } });
    answer(pool.t, job, FAILED);
    expect(sizeOf(pool.t)).toBe(7);
  });

  test('two that go at once lower it by two, and the one that fails gives one back', () => {
    const pool = aPool(3);
    const [one, two] = pool.machines as [string, string];
    const [a, b] = [ask(pool.t, one, TERMINATE).reply, ask(pool.t, two, DETACH).reply];
    expect(sizeOf(pool.t)).toBe(1);
    answer(pool.t, a.job, FAILED);
    expect(sizeOf(pool.t)).toBe(2);
    answer(pool.t, b.job, FAILED);
    expect([sizeOf(pool.t), memberOf(pool.t, one)?.status]).toEqual([3, 'free']);
    expect(checkWorld(pool.t.world)).toEqual([]);
  });

  test('it is never less than none, and a pool without a fixed size has none to lower', () => {
    const { t } = aPool(0);
    t.sizedPool('buffered', { min: 0, max: 1, buffer: 0 });
    const tx = new Transaction(t.world, { now: t.now } as Transaction['context']);
    expect([shiftSize(tx, 'web', -1), shiftSize(tx, 'buffered', -1), tx.changes]).toEqual([null, null, []]);
  });

  test('an attached machine raises it, and nothing is given up for it', () => {
    const pool = aPool(1);
    const { job, resource } = ask(pool.t, 'i-7', ATTACH).reply;
    expect([sizeOf(pool.t), memberOf(pool.t, first(pool))?.status]).toEqual([1, 'free']);
    const { events } = answer(pool.t, job, { result: 'created', observation: aMachine() });
    expect(events.map(({ type }) => type)).toEqual([
      'pool.changed',
      'resource.attached',
      'job.answered',
      'resource.entered',
    ]);
    expect(sizeOf(pool.t)).toBe(2);
    expect(pool.t.resource(resource)).toMatchObject({ status: 'free', isEvictable: true, externalId: 'i-7' });
    expect(pool.t.resource(resource)).not.toHaveProperty('isActive');
    expect([...pool.t.world.resources.values()].map(({ status }) => status)).toEqual(['free', 'free']);
    expect(checkWorld(pool.t.world)).toEqual([]);
  });

  test('attaching a member is done at once and raises nothing', () => {
    const pool = aPool(1);
    expect(ask(pool.t, first(pool), ATTACH)).toMatchObject({ reply: { job: null }, changes: [] });
  });
});

function aMachine() {
  return {
    resource: '',
    externalId: 'i-7',
    machine: 'RUNNING',
    liveness: 'LIVE',
    addresses: ['10.0.0.7'],
    endpoints: {},
  } as const;
}

describe('a machine that is on its way in (M7)', () => {
  test('is no member yet, and cannot be taken in twice', () => {
    const { t } = aPool(0);
    ask(t, 'i-7', ATTACH);
    for (const what of [TERMINATE, DETACH, BLESS])
      expect(refusalOf(() => ask(t, 'i-7', what))).toMatchObject({ code: 'machine_not_found' });
    expect(refusalOf(() => ask(t, 'i-7', ATTACH))).toMatchObject({ code: 'machine_busy' });
  });

  test('lives on when its pool is removed, or somebody retires it', () => {
    const { t } = aPool(0);
    const { job } = ask(t, 'i-7', ATTACH).reply;
    const { events } = t.decide({ type: 'removePool', name: 'web' });
    expect(events.map(({ type }) => type)).toContain('job.answered');
    expect([t.world.resources.size, t.world.jobs.size, t.world.pools.has('web')]).toEqual([0, 0, false]);
    expect(answer(t, job, { result: 'created', observation: aMachine() }).reply).toEqual({
      isAccepted: false,
    });
  });

  test('keeps the marks that it has', () => {
    const { t } = aPool(0);
    const { job, resource } = ask(t, 'i-7', ATTACH).reply;
    const marks = { membership: { active: true, evictable: false }, serviceState: 'IN_SERVICE' } as const;
    answer(t, job, { result: 'created', observation: { ...aMachine(), marks } });
    expect(t.resource(resource)).toMatchObject({ isEvictable: false, serviceState: 'IN_SERVICE' });
  });

  test('of another pool of the same provider is not taken from it', () => {
    const { t } = aPool(0);
    t.sizedPool('other', { desired: 1 }, { provider: 'keeper' });
    t.finishJobs();
    const [id] = t.world.resourceIds;
    expect(refusalOf(() => ask(t, `ext-${id}`, ATTACH))).toMatchObject({ code: 'machine_busy' });
  });
});

describe('what is refused, in this order (M8)', () => {
  function aStopped(more: Partial<Upkeep> = {}): { t: TestWorld; machines: string[] } {
    const rounds = { fetchMs: 30_000, retries: 0, backoffMs: 1, reachableMs: 60_000, updateMs: 60_000 };
    const pool = aPool(1);
    const state = pool.t.world.pools.get('web');
    if (state === undefined) throw new Error('there is no pool');
    putDocument(pool.t.world, 'pool', 'web', { ...state.pool, rounds });
    putDocument(pool.t.world, 'upkeep', 'web', {
      name: 'web',
      pool: 'web',
      secret: null,
      status: 'started',
      isSizeKnown: true,
      version: 1,
      createdAt: 0,
      fetchedAt: pool.t.now,
      lookedAt: pool.t.now,
      lookError: 'the cloud does not answer',
      lookNumber: 1,
      look: null,
      nextLookAt: null,
      roundNumber: 0,
      round: null,
      lastRound: null,
      nextRoundAt: null,
      strays: [],
      detached: [],
      ...more,
    });
    return pool;
  }

  test('everything, while it is stopped', () => {
    const { t } = aStopped({ status: 'stopped', fetchedAt: null });
    for (const what of [TERMINATE, DETACH, ATTACH, BLESS])
      expect(refusalOf(() => ask(t, 'nobody', what))).toMatchObject({ code: 'upkeep_stopped' });
  });

  test('all but marks, while the list is too old; its age counts in whole seconds', () => {
    const pool = aStopped();
    pool.t.now += 60_999;
    for (const what of [TERMINATE, DETACH, ATTACH])
      expect(refusalOf(() => ask(pool.t, 'nobody', what))).toMatchObject({
        code: 'pool_unreachable',
        message: expect.stringContaining('the cloud does not answer'),
      });
    expect(ask(pool.t, first(pool), BLESS).reply.job).not.toBeNull();
    const other = aStopped();
    other.t.now += 59_999;
    expect(ask(other.t, first(other), TERMINATE).reply.job).not.toBeNull();
  });

  test('what is no member, or is over', () => {
    const pool = aPool(1);
    const member = memberOf(pool.t, first(pool));
    expect(refusalOf(() => ask(pool.t, 'nobody', TERMINATE))).toMatchObject({ code: 'machine_not_found' });
    pool.t.do({ type: 'actOnResource', resource: member?.id as string, action: 'retire', reason: 'test' });
    expect(refusalOf(() => ask(pool.t, first(pool), DETACH))).toMatchObject({ code: 'machine_not_found' });
    expect(refusalOf(() => ask(pool.t, first(pool), ATTACH))).toMatchObject({ code: 'machine_busy' });
  });

  test('a mark on what is on its way out is kept in the world alone', () => {
    const pool = aPool(1);
    const { resource } = ask(pool.t, first(pool), TERMINATE).reply;
    const marked = ask(pool.t, first(pool), { do: 'mark', marks: { serviceState: 'OUT_OF_SERVICE' } });
    expect(marked.reply.job).toBeNull();
    expect(marked.events.map(({ type }) => type)).toEqual(['resource.marked']);
    expect(pool.t.resource(resource).serviceState).toBe('OUT_OF_SERVICE');
  });

  test('what may not be evicted, is lent, or is set aside as unsafe', () => {
    const pool = aPool(1);
    const id = memberOf(pool.t, first(pool))?.id as string;
    const refused = (): unknown => refusalOf(() => ask(pool.t, first(pool), TERMINATE)).code;
    const lease = pool.t.request('ann', 'web');
    expect(refused()).toBe('machine_not_evictable');
    pool.t.end(lease);
    pool.t.do({ type: 'changeTraits', resource: id, isEvictable: false });
    expect(refused()).toBe('machine_not_evictable');
    pool.t.do({ type: 'changeTraits', resource: id, isEvictable: true });
    pool.t.do({ type: 'actOnResource', resource: id, action: 'quarantine', reason: 'test' });
    expect(refused()).toBe('machine_not_evictable');
  });

  test('what something else is under way with', () => {
    const pool = aPool(1);
    ask(pool.t, first(pool), BLESS);
    for (const what of [TERMINATE, DETACH, BLESS])
      expect(refusalOf(() => ask(pool.t, first(pool), what))).toMatchObject({ code: 'machine_busy' });
  });

  test('what the provider cannot do; marks are kept in the world alone then', () => {
    const pool = aPool(1, { provider: 'maker' });
    expect(refusalOf(() => ask(pool.t, first(pool), DETACH))).toMatchObject({ code: 'not_offered' });
    expect(refusalOf(() => ask(pool.t, 'i-7', ATTACH))).toMatchObject({ code: 'not_offered' });
    expect(ask(pool.t, first(pool), BLESS).reply.job).toBeNull();
    expect(memberOf(pool.t, first(pool))?.isEvictable).toBe(false);
    expect(checkWorld(pool.t.world)).toEqual([]);
  });

  test('a machine that was detached is remembered, so that an old list does not bring it back', () => {
    const pool = aStopped();
    const { job } = ask(pool.t, first(pool), DETACH).reply;
    pool.t.now += 1_000;
    answer(pool.t, job, DONE);
    expect(pool.t.world.upkeeps.get('web')?.detached).toEqual([{ externalId: first(pool), at: pool.t.now }]);
  });
});
