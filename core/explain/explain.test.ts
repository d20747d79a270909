import { describe, expect, test } from 'vitest';
import { ASK_WITHIN_MS, StagedWorld } from '../testing/stage-builder.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { explainLease } from './explain-lease.ts';
import { explainPool } from './explain-pool.ts';
import { actionsOn, explainResource } from './explain-resource.ts';
import { RESOURCE_ACTIONS } from '../resource/act-on-resource.ts';
import { Refusal } from '../errors.ts';
import { anUpkeep, aThing, look } from '../testing/upkeep-builder.ts';

test('a reason that is a sentence already ends with one full stop', () => {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 });
  const [job] = [...t.world.jobs.values()];
  const id = job?.resource ?? '';
  t.do({ type: 'actOnResource', resource: id, action: 'hold', reason: 'Look at it first.' });
  expect(explainResource(t.world, id).summary).toBe(
    'It is held while requested: Look at it first. Retry it, or retire it.',
  );
});

describe('a waiting lease', () => {
  test('learns its place, what each member does instead, and when it may start', () => {
    const t = new TestWorld();
    const [first, second] = t.staticPool('boards', [{ arch: 'arm' }, { arch: 'arm' }, { arch: 'x86' }]);
    const early = t.request('ann', [{ pool: 'boards', count: 2, match: { arch: 'arm' } }], {
      durationMs: 60_000,
    });
    t.request('bob', [{ pool: 'boards', count: 1, match: { arch: 'arm' } }]);
    const lease = t.request('cyd', [{ pool: 'boards', count: 1, match: { arch: 'arm' } }]);
    const explained = explainLease(t.world, lease.id);
    expect(explained).toMatchObject({
      status: 'queued',
      position: 2,
      waitsAt: 'boards',
      estimatedStart: t.now + 60_000,
    });
    expect(explained.items[0]).toMatchObject({ has: 0, fitting: 2, members: 3 });
    expect(explained.items[0]?.reasons).toEqual([
      {
        reason: 'leased',
        count: 2,
        until: t.now + 60_000,
        examples: [
          { name: first?.name, detail: early.id },
          { name: second?.name, detail: early.id },
        ],
      },
      {
        reason: 'other_label',
        count: 1,
        until: null,
        examples: [{ name: 'boards-3', detail: 'arch is x86, not arm' }],
      },
    ]);
    expect(explained.summary).toBe(
      'It is number 2 in line and waits for 1 more of pool "boards": 2 leased, 1 with other labels.',
    );
  });

  test('is told when nothing that the pool has could ever fit', () => {
    const t = new TestWorld();
    t.staticPool('boards', [{ arch: 'arm' }]);
    const lease = t.request('ann', [{ pool: 'boards', count: 1, filter: 'labels.arch == "riscv"' }]);
    const explained = explainLease(t.world, lease.id);
    expect(explained.summary).toContain('only 0 of its 1 members fit what is asked for');
    expect(explained.estimatedStart).toBeNull();
    expect(explained.items[0]?.reasons[0]).toMatchObject({ reason: 'filter_refuses', count: 1 });
  });

  test('sees what is set aside for it and for others', () => {
    const t = new TestWorld();
    t.staticPool('boards', [{}, {}, {}]);
    const holder = t.request('ann', 'boards');
    const large = t.request('bob', [{ pool: 'boards', count: 3 }]);
    const small = t.request('cyd', 'boards');
    expect(explainLease(t.world, large.id).summary).toContain('2 are set aside for it');
    expect(explainLease(t.world, small.id).items[0]?.reasons).toContainEqual(
      expect.objectContaining({ reason: 'set_aside_for_another_lease', count: 2 }),
    );
    t.end(holder);
    expect(t.held(large)).toHaveLength(3);
    expect(explainLease(t.world, large.id).summary).toBe('The lease is active.');
  });

  test('of an id that is not live is refused', () => {
    expect(() => explainLease(new TestWorld().world, 'lse_none')).toThrow(Refusal);
  });
});

test('a pool says what keeps it from its size', () => {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 2 });
  const [job] = t.world.jobs.values();
  t.do({
    type: 'finishJob',
    job: job?.id ?? '',
    outcome: { result: 'failed', reason: 'refused', error: 'no such image' },
  });
  const explained = explainPool(t.world, 'web');
  expect(explained).toMatchObject({ members: 2, target: 2, held: 1, waiting: 0 });
  expect(explained.troubles).toEqual([
    {
      resource: job?.resource,
      name: expect.stringMatching(/^web-/) as string,
      status: 'requested',
      error: 'create failed: no such image',
    },
  ]);
  expect(explained.summary).toContain('1 members are held for a person');
});

describe('a pool that is kept in rounds', () => {
  const summary = (t: TestWorld) => explainPool(t.world, 'web').summary;

  test('says when its next update is due, what one under way waits for, and how the last one went', () => {
    const t = new TestWorld();
    anUpkeep(t);
    look(t, []);
    expect(summary(t)).toBe(
      'The pool is at its size of 0; 0 members are on offer. It is kept in rounds by the cloud pool instance "web"; the next update is due at 00:17:40 UTC.',
    );
    t.do({ type: 'setSize', pool: 'web', desired: 1 });
    expect(summary(t)).toContain(
      'is to have 1. It is kept in rounds by the cloud pool instance "web"; update 1 waits for a new list of its machines.',
    );
    look(t);
    expect(summary(t)).toContain('update 1 waits for the members that it asked for.');
    const [job] = [...t.world.jobs.values()];
    const outcome = { result: 'failed', reason: 'exhausted', error: 'no capacity' } as const;
    t.do({ type: 'finishJob', job: job?.id as string, outcome });
    expect(summary(t)).toContain('Update 1 ended with an error and took nothing away: no capacity.');
    expect(explainResource(t.world, job?.resource as string).summary).toContain(
      'the next update of its pool asks again',
    );
  });

  test('says that it is stopped, or being removed', () => {
    const t = new TestWorld();
    anUpkeep(t);
    look(t, [aThing('vm-1')]);
    t.do({ type: 'stopUpkeep', name: 'web' });
    expect(summary(t)).toContain('its cloud pool instance "web" is stopped: start it');
    t.request('ann', 'web');
    t.do({ type: 'removeUpkeep', name: 'web' });
    expect(summary(t)).toContain('"web" is being removed: the machines stay');
  });
});

/** Resources in many statuses, made anew for each action that is tried on them. */
function aMixedWorld(): TestWorld {
  const t = new TestWorld();
  const [, , third] = t.staticPool('boards', [{}, {}, {}]);
  t.sizedPool('web', { desired: 3 });
  const [made, held] = [...t.world.jobs.values()];
  t.do({ type: 'actOnResource', resource: held?.resource ?? '', action: 'hold', reason: 'look' });
  t.do({ type: 'actOnResource', resource: made?.resource ?? '', action: 'retire', reason: 'old' });
  t.request('ann', 'boards');
  t.do({ type: 'actOnResource', resource: third?.id ?? '', action: 'quarantine', reason: 'odd' });
  return t;
}

test('the actions offered on a resource are exactly those that do something', () => {
  const statuses = new Set<string>();
  for (const id of aMixedWorld().world.resources.keys()) {
    for (const action of RESOURCE_ACTIONS) {
      const t = aMixedWorld();
      const resource = t.resource(id);
      statuses.add(`${resource.status}${resource.hold === null ? '' : ' held'}`);
      const offered = actionsOn(resource);
      expect(explainResource(t.world, id).actions).toEqual(offered);
      const events = t.world.meta.eventSeq;
      try {
        t.do({ type: 'actOnResource', resource: id, action, reason: 'try' });
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
      expect(t.world.meta.eventSeq > events, `${action} on ${resource.status}`).toBe(
        offered.includes(action),
      );
    }
  }
  expect([...statuses].toSorted()).toEqual([
    'exiting',
    'free',
    'leased',
    'quarantined',
    'requested',
    'requested held',
  ]);
});

describe('explaining a pool whose members are handed over by stage', () => {
  test('says where members stand, and who waits for which, in which place', () => {
    const t = new StagedWorld();
    t.stagedPool('proj');
    t.register('proj', 'p1', 'dirty');
    t.register('proj', 'p2', { name: 'busy', holder: 'ann' });
    t.take('proj', { request: 'r1' });
    t.now += ASK_WITHIN_MS + 1;
    t.take('proj', { request: 'r2' });
    expect(explainPool(t.world, 'proj')).toMatchObject({
      summary: '2 registered members, 0 of them on offer. 2 requests wait by stage.',
      stages: {
        stages: [
          { stage: 'busy', members: 1, held: 1 },
          { stage: 'dirty', members: 1, held: 0 },
        ],
        waiting: 2,
        waiters: [
          { request: 'r1', stage: 'free', position: null },
          { request: 'r2', stage: 'free', position: 1 },
        ],
      },
    });
  });

  test('and of one that stands says what brings it on', () => {
    const t = new StagedWorld();
    t.stagedPool('proj');
    const { id } = t.register('proj', 'p1', 'parked');
    const { summary, actions } = explainResource(t.world, id);
    expect(summary).toMatch(/^It stands at "parked"/);
    expect(actions).toEqual(['retry', 'quarantine', 'retire']);
  });
});
