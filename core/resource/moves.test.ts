import { describe, expect, test } from 'vitest';
import { explainResource } from '../explain/explain-resource.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld, observationOf } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { putDocument } from '../world/world.ts';

describe('what is missing is said before anything runs (T3)', () => {
  test('a parameter that is missing holds the resource; given, a retry goes on', () => {
    const t = new TestWorld();
    t.workflow('install', [
      { name: 'first' },
      { name: 'image', with: { command: ['install', '${params.image}'] } },
    ]);
    const [board] = t.staticPool('boards', [{}], { on: { enter: { workflow: 'install' } } });
    const id = board?.id as string;
    expect(t.world.jobs.size).toBe(0);
    expect(t.resource(id)).toMatchObject({ status: 'entering', hold: { step: null } });
    expect(t.resource(id).hold?.reason).toBe(
      'step "image" of workflow "install": command/1: ${params.image} is not there: ' +
        'give the resource, or a profile of it, the parameter "image"',
    );
    t.do({ type: 'changeTraits', resource: id, params: { image: 'debian' } });
    t.do({ type: 'actOnResource', resource: id, action: 'retry', reason: '' });
    expect(t.run(id).steps[1]?.with).toEqual({ command: ['install', 'debian'] });
    t.finishJobs();
    expect(t.resource(id).status).toBe('free');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a workflow that is not there holds the resource', () => {
    const t = new TestWorld();
    t.workflow('wipe', [{ name: 'first' }]);
    const [board] = t.staticPool('boards', [{}], { on: { release: { clean: 'wipe' } } });
    putDocument(t.world, 'workflow', 'wipe', undefined);
    t.end(t.request('ann', 'boards'));
    expect(t.resource(board?.id as string).hold?.reason).toBe('there is no workflow "wipe"');
  });
});

describe('profiles and parameters change when a move begins (T11)', () => {
  test('removals come before additions, and what runs sees both', () => {
    const t = new TestWorld();
    t.workflow('boot', [{ name: 'boot', with: { command: ['boot', '${params.image}', '${params.speed}'] } }]);
    for (const [name, params] of [
      ['slow', { speed: 1, image: 'old' }],
      ['fast', { speed: 9 }],
    ] as const)
      t.profile(name, params);
    const [board] = t.staticPool('boards', [{}], {
      on: {
        allocate: {
          workflow: 'boot',
          addProfiles: ['fast', 'slow'],
          removeProfiles: ['slow'],
          addParams: { image: 'for ${lease.holder}' },
        },
        release: { removeParams: ['image'], removeProfiles: ['fast'] },
      },
    });
    const id = board?.id as string;
    const lease = t.request('ann', 'boards');
    expect(t.resource(id)).toMatchObject({ profiles: ['fast', 'slow'], params: { image: 'for ann' } });
    expect(t.run(id).steps[0]?.with).toEqual({ command: ['boot', 'for ann', 9] });
    t.finishJobs();
    t.end(lease);
    expect(t.resource(id)).toMatchObject({ status: 'free', profiles: ['slow'], params: {} });
  });
});

describe('a lease is active when each of its members is prepared (T6, T7)', () => {
  function preparing(count: number, members = 3) {
    const t = new TestWorld();
    t.workflow('boot', [{ name: 'boot' }]);
    t.staticPool(
      'boards',
      Array.from({ length: members }, () => ({})),
      {
        on: { allocate: { workflow: 'boot' } },
      },
    );
    const lease = t.request('ann', [{ pool: 'boards', count }]);
    const held = t.lease(lease.id);
    return { t, lease: lease.id, ids: held.status === 'queued' ? [] : held.members.map((m) => m.resource) };
  }
  const fail = (t: TestWorld, id: string) => t.finishStep(id, { isPassed: false, error: 'no boot' });

  test('not before the last one', () => {
    const { t, lease, ids } = preparing(2);
    expect(t.lease(lease).status).toBe('preparing');
    t.finishStep(ids[0] as string);
    expect(t.lease(lease).status).toBe('preparing');
    const { events } = t.decide({
      type: 'finishJob',
      job: t.world.jobOfResource.get(ids[1] as string) as string,
      outcome: { result: 'stepped', step: (t.run(ids[1] as string), { isPassed: true }) as never },
    });
    expect(t.lease(lease).status).toBe('active');
    expect(events.map(({ type }) => type)).toContain('lease.active');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('one that cannot be prepared is held, and another that is free takes its place', () => {
    const { t, lease, ids } = preparing(2);
    fail(t, ids[0] as string);
    expect(t.resource(ids[0] as string)).toMatchObject({ status: 'preparing', leaseId: null });
    expect(t.resource(ids[0] as string).hold?.step).toBe('boot');
    expect(t.held({ id: lease })).toEqual(['boards-2', 'boards-3']);
    expect(checkWorld(t.world)).toEqual([]);
    t.finishJobs();
    expect(t.lease(lease).status).toBe('active');
  });

  test('without another the lease goes back to its place in the queue, and gets the next', () => {
    const { t, lease, ids } = preparing(1, 1);
    const later = t.request('bob', 'boards');
    fail(t, ids[0] as string);
    expect(t.lease(lease).status).toBe('queued');
    expect(checkWorld(t.world)).toEqual([]);
    t.do({ type: 'registerResource', pool: 'boards', name: 'spare' });
    t.finishJobs();
    expect(t.held({ id: lease })).toEqual(['spare']);
    expect(t.lease(later.id).status).toBe('queued');
  });

  test('what is put right afterwards goes back to the pool by way of its release', () => {
    const { t, ids } = preparing(1, 2);
    fail(t, ids[0] as string);
    t.do({ type: 'actOnResource', resource: ids[0] as string, action: 'retry', reason: '' });
    t.finishJobs();
    expect(t.resource(ids[0] as string)).toMatchObject({ status: 'free', leaseId: null, hold: null });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a workflow that fails for all does not hold the whole pool', () => {
    const { t, lease } = preparing(1, 8);
    for (let turn = 0; turn < 8 && t.world.jobs.size > 0; turn += 1) {
      const [job] = t.world.jobs.values();
      fail(t, job?.resource as string);
    }
    const held = [...t.world.resources.values()].filter(({ hold }) => hold !== null);
    expect(held).toHaveLength(4);
    expect(t.lease(lease).status).toBe('preparing');
    expect(checkWorld(t.world)).toEqual([]);
    t.end({ id: lease });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test.each([
    ['quarantine', 'quarantined'],
    ['retire', 'exiting'],
  ] as const)('onFailure: %s takes it out, and the lease gets another', (onFailure, status) => {
    const { t } = preparing(1, 1);
    t.workflow('boot', [{ name: 'boot', onFailure }]);
    const [a, b] = t.staticPool('racks', [{}, {}], { on: { allocate: { workflow: 'boot' } } });
    const lease = t.request('ann', 'racks');
    fail(t, a?.id as string);
    expect(t.resource(a?.id as string).status).toBe(status);
    expect(t.lease(lease.id)).toMatchObject({ status: 'preparing', members: [{ resource: b?.id }] });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a lease that ends in the middle takes back what is half prepared', () => {
    const { t, lease, ids } = preparing(2);
    t.finishStep(ids[0] as string);
    t.end({ id: lease });
    expect(ids.map((id) => t.resource(id).status)).toEqual(['free', 'free']);
    expect([t.world.runs.size, t.world.jobs.size]).toEqual([0, 0]);
  });
});

describe('a resource that leaves a pool runs its exit, then the enter of the next (T11)', () => {
  function twoPools() {
    const t = new TestWorld();
    for (const name of ['in', 'out', 'call']) t.workflow(name, [{ name }]);
    const [board] = t.staticPool('boards', [{}], { on: { exit: { workflow: 'out' } } });
    t.staticPool('annex', [], { on: { enter: { workflow: 'in' } } });
    return { t, id: board?.id as string };
  }

  test('one after the other, and then it is free there', () => {
    const { t, id } = twoPools();
    t.do({ type: 'moveResource', resource: id, pool: 'annex' });
    expect(t.resource(id)).toMatchObject({ status: 'exiting', pool: 'boards' });
    expect(t.run(id).steps.map(({ name }) => name)).toEqual(['out']);
    t.finishStep(id);
    expect(t.resource(id)).toMatchObject({ status: 'entering', pool: 'annex', destination: null });
    expect(t.run(id).steps.map(({ name }) => name)).toEqual(['in']);
    expect(checkWorld(t.world)).toEqual([]);
    t.finishStep(id);
    expect(t.resource(id)).toMatchObject({ status: 'free', pool: 'annex' });
  });

  test('the caller says otherwise for either', () => {
    const { t, id } = twoPools();
    const on = { exit: { workflow: 'call' }, enter: { workflow: 'call' } };
    t.do({ type: 'moveResource', resource: id, pool: 'annex', on });
    const seen = [t.run(id).steps[0]?.name];
    t.finishStep(id);
    seen.push(t.run(id).steps[0]?.name);
    expect(seen).toEqual(['call', 'call']);
  });

  test('where the other pool has its name by then, it goes back where it was', () => {
    const { t, id } = twoPools();
    t.do({ type: 'moveResource', resource: id, pool: 'annex' });
    t.do({ type: 'registerResource', pool: 'annex', name: 'boards-1' });
    t.finishStep(id);
    expect(t.resource(id)).toMatchObject({ status: 'free', pool: 'boards', destination: null });
  });

  test('retired, it runs its exit before it is destroyed; what is dead runs nothing (T10, T13)', () => {
    const { t, id } = twoPools();
    t.do({ type: 'actOnResource', resource: id, action: 'retire', reason: 'old' });
    expect(t.world.jobs.get(t.world.jobOfResource.get(id) as string)?.kind).toBe('step');
    t.finishStep(id, { isPassed: false, error: 'no' });
    expect(t.resource(id)).toMatchObject({ status: 'exiting', hold: { step: 'out' } });
    t.do({ type: 'actOnResource', resource: id, action: 'retire', reason: 'now' });
    expect(t.world.jobs.get(t.world.jobOfResource.get(id) as string)?.kind).toBe('destroy');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a machine that dies while it is cleaned is replaced', () => {
    const t = new TestWorld();
    t.workflow('wipe', [{ name: 'erase' }]);
    t.sizedPool('web', { desired: 1 }, { on: { release: { clean: 'wipe' }, exit: { workflow: 'wipe' } } });
    t.finishJobs();
    const lease = t.request('ann', 'web');
    const id = lease.status === 'queued' ? '' : (lease.members[0]?.resource as string);
    t.end(lease);
    const dead = { ...observationOf(id), machine: 'TERMINATED' as const };
    t.do({ type: 'observe', provider: 'maker', startedAt: t.now + 1, observations: [dead] });
    expect(t.resource(id)).toMatchObject({ status: 'exiting', run: null });
    expect(t.world.jobs.get(t.world.jobOfResource.get(id) as string)?.kind).toBe('destroy');
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('the keeper waits and asks itself (T14)', () => {
  function entering(step: Parameters<TestWorld['workflow']>[1][number]) {
    const t = new TestWorld();
    t.workflow('install', [step, { name: 'last' }]);
    const [board] = t.staticPool('boards', [{}], { on: { enter: { workflow: 'install' } } });
    return { t, id: board?.id as string };
  }

  test('a wait is over at its time, without a job', () => {
    const { t, id } = entering({ name: 'settle', uses: 'wait', with: { for: '30s' } });
    expect(t.world.jobs.size).toBe(0);
    t.now += 29_999;
    t.do({ type: 'tick' });
    expect(t.run(id).at).toBe(0);
    t.now += 1;
    t.do({ type: 'tick' });
    expect(t.run(id).at).toBe(1);
  });

  test('a wait for no time that can be read is said before anything runs', () => {
    const { t, id } = entering({ name: 'settle', uses: 'wait', with: { for: 'soon' } });
    expect(t.resource(id).hold?.reason).toContain('such as 30s; it is "soon"');
  });

  test.each([
    [true, { at: 1, status: 'running' }],
    [false, { at: 0, status: 'held' }],
  ])('a person says %s', (isApproved, becomes) => {
    const { t, id } = entering({ name: 'ask', uses: 'approval', with: { message: 'may it?' } });
    const run = t.run(id).id;
    t.do({ type: 'decideApproval', run, isApproved, by: 'olga', reason: 'seen' });
    expect(t.run(id)).toMatchObject(becomes);
    expect(t.run(id).steps[0]?.report?.evidence).toEqual({ decidedBy: 'olga', reason: 'seen' });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a word for an earlier question is refused', () => {
    const { t, id } = entering({ name: 'ask', uses: 'approval', with: { message: 'may it?' } });
    const { id: run, version } = t.run(id);
    const word = { type: 'decideApproval', run, isApproved: true, by: 'olga', reason: 'seen' } as const;
    expect(refusalOf(() => t.do({ ...word, version: version - 1 })).code).toBe('version_mismatch');
    expect(t.run(id).at).toBe(0);
    t.do({ ...word, version });
    expect(refusalOf(() => t.do(word)).code).toBe('run_not_waiting');
  });

  test('what is asked is explained with what to type', () => {
    const { t, id } = entering({ name: 'ask', uses: 'approval', with: { message: 'may it?' } });
    const { summary } = explainResource(t.world, id);
    expect(summary).toContain('It waits for somebody to answer "may it?"');
    expect(summary).toContain(`"poolkeeper run deny ${t.run(id).id} --reason TEXT"`);
  });

  test('an approval that does not come is a failure', () => {
    const { t, id } = entering({ name: 'ask', uses: 'approval', with: { message: 'may it?' } });
    t.now += 60_000;
    t.do({ type: 'tick' });
    expect(t.resource(id).hold?.reason).toContain('nobody decided within 1m');
  });
});
