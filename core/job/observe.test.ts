import { describe, expect, test } from 'vitest';
import type { Observation, Resource, ResourceStatus } from '../model/resource.ts';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

const GRACE_MS = 30_000;

/** A pool of one member that is up; the clock has moved on since. */
function aMember(): { t: TestWorld; id: string } {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 });
  t.finishJobs();
  t.now += 1_000;
  const [id] = t.world.resourceIds;
  return { t, id: id as string };
}

function look(t: TestWorld, ...observations: Partial<Observation>[]) {
  return t.decide({
    type: 'observe',
    provider: 'maker',
    startedAt: t.now,
    observations: observations.map((seen) => ({ ...observationOf(seen.resource as string), ...seen })),
  });
}

function statusesOf(t: TestWorld): ResourceStatus[] {
  return [...t.world.resources.values()].map((resource) => resource.status);
}

function act(t: TestWorld, resource: string, action: 'hold' | 'retry' | 'skip' | 'quarantine'): void {
  t.do({ type: 'actOnResource', resource, action, reason: 'test' });
}

function finishOneJob(t: TestWorld, seen: Partial<Observation>): void {
  const [job] = [...t.world.jobs.values()];
  const observation = { ...observationOf(job?.resource as string), ...seen };
  t.do({ type: 'finishJob', job: job?.id as string, outcome: { result: 'created', observation } });
}

describe('what a provider sees', () => {
  test('and was known already changes nothing', () => {
    const { t, id } = aMember();
    const { reply, changes, events } = look(t, { resource: id });
    expect(reply).toEqual({ checked: 1, changed: 0, unknown: [], leaked: [] });
    expect([changes, events]).toEqual([[], []]);
  });

  test.each<[string, Partial<Observation>]>([
    ['machine', { machine: 'PENDING' }],
    ['liveness', { liveness: 'UNKNOWN' }],
    ['externalId', { externalId: 'i-2' }],
    ['addresses', { addresses: ['10.0.0.8'] }],
    ['endpoints', { endpoints: { http: 'http://10.0.0.8' } }],
  ])('is taken over: %s', (_member, seen) => {
    const { t, id } = aMember();
    const { reply, events } = look(t, { resource: id, ...seen });
    expect(reply.changed).toBe(1);
    expect(events.map((event) => event.type)).toEqual(['resource.observed']);
    expect(t.resource(id)).toMatchObject(seen);
  });

  test('and belongs to nobody is named, and no resource is changed for it (R15)', () => {
    const { t, id } = aMember();
    const [static1] = t.staticPool('boards', [{}]);
    const { reply, changes } = look(
      t,
      { resource: id },
      { resource: 'res_lost' },
      { resource: static1?.id as string },
    );
    expect(reply.unknown).toEqual(['res_lost', static1?.id]);
    expect(changes.map(({ kind }) => kind)).toEqual(['leak', 'leak']);
  });

  test('makes a booting member ready (R17)', () => {
    const t = new TestWorld();
    t.sizedPool('web', { desired: 1 });
    const lease = t.request('ann', 'web');
    finishOneJob(t, { machine: 'PENDING', liveness: 'BOOTING' });
    const [id] = t.world.resourceIds;
    expect(t.resource(id as string).status).toBe('entering');
    look(t, { resource: id as string, machine: 'RUNNING', liveness: 'BOOTING' });
    expect(t.resource(id as string).status).toBe('entering');
    look(t, { resource: id as string });
    expect(t.held(lease)).toHaveLength(1);
  });

  test('makes a member ready whose repeated job has not answered yet, and drops the job (R17, J1)', () => {
    const t = new TestWorld();
    t.sizedPool('web', { desired: 1 });
    finishOneJob(t, { machine: 'PENDING', liveness: 'BOOTING' });
    const id = t.world.resourceIds.first() as string;
    act(t, id, 'hold');
    act(t, id, 'retry');
    look(t, { resource: id });
    expect(t.resource(id).status).toBe('free');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('of one that is requested or leaving is left to its job', () => {
    const t = new TestWorld();
    t.sizedPool('web', { desired: 1 });
    const id = t.world.resourceIds.first() as string;
    expect(look(t, { resource: id }).changes).toEqual([]);
    t.finishJobs();
    t.do({ type: 'actOnResource', resource: id, action: 'retire', reason: 'test' });
    expect(look(t, { resource: id, machine: 'TERMINATING' }).changes).toEqual([]);
  });
});

describe('what is dead or missing (R9)', () => {
  const dead = (id: string): Partial<Observation>[] => [{ resource: id, machine: 'TERMINATED' }];
  const ending = (id: string): Partial<Observation>[] => [{ resource: id, machine: 'TERMINATING' }];
  const rejected = (id: string): Partial<Observation>[] => [{ resource: id, machine: 'REJECTED' }];
  const missing = (): Partial<Observation>[] => [];

  describe.each([
    ['dead', dead],
    ['ending, though nobody here asked for it', ending],
    ['rejected', rejected],
    ['missing', missing],
  ])('%s', (_what, seen) => {
    test('is replaced when it is free', () => {
      const { t, id } = aMember();
      look(t, ...seen(id));
      expect(statusesOf(t)).toEqual(['exiting', 'requested']);
    });

    test('is replaced when it is set aside, and the lease gathers again', () => {
      const { t, id } = aMember();
      const lease = t.request('ann', [{ pool: 'web', count: 2 }]);
      look(t, ...seen(id));
      expect(t.lease(lease.id)).toMatchObject({ status: 'queued', setAside: [] });
      expect(statusesOf(t)).toEqual(['exiting', 'requested']);
      expect(checkWorld(t.world)).toEqual([]);
    });

    test('stays with its holder while it is leased, and goes when it comes back (R7)', () => {
      const { t, id } = aMember();
      const lease = t.request('ann', 'web');
      t.now += 1_000;
      look(t, ...seen(id));
      expect(t.resource(id)).toMatchObject({ status: 'leased', fate: 'retire' });
      expect(look(t, ...seen(id)).changes).toEqual([]);
      t.end(lease);
      expect(t.resource(id).status).toBe('exiting');
    });

    test('is left to the person for whom it is held', () => {
      const t = new TestWorld();
      t.sizedPool('web', { desired: 1 });
      finishOneJob(t, { machine: 'PENDING', liveness: 'BOOTING' });
      const id = t.world.resourceIds.first() as string;
      act(t, id, 'hold');
      t.now += 1_000;
      look(t, ...seen(id));
      expect(t.resource(id)).toMatchObject({ status: 'entering' });
      expect(t.resource(id).hold).not.toBeNull();
    });

    test('is replaced by the next look when a person let it pass', () => {
      const t = new TestWorld();
      t.sizedPool('web', { desired: 1 });
      finishOneJob(t, { machine: 'PENDING', liveness: 'BOOTING' });
      const id = t.world.resourceIds.first() as string;
      act(t, id, 'hold');
      t.now += 1_000;
      look(t, ...seen(id));
      act(t, id, 'skip');
      t.now += 1_000;
      look(t, ...seen(id));
      expect(t.resource(id).status).toBe('exiting');
    });

    test('is never lent when it is taken back out of quarantine (R12)', () => {
      const { t, id } = aMember();
      t.request('ann', 'web');
      t.now += 1_000;
      act(t, id, 'quarantine');
      look(t, ...seen(id));
      const [lease] = [...t.world.leases.values()];
      t.end(lease as { id: string });
      expect(t.resource(id).status).toBe('quarantined');
      act(t, id, 'retry');
      expect(t.resource(id).status).toBe('exiting');
    });
  });

  test('what came after the provider was asked is not missing', () => {
    const { t } = aMember();
    t.decide({ type: 'observe', provider: 'maker', startedAt: t.now - 1_000, observations: [] });
    expect(statusesOf(t)).toEqual(['free']);
  });

  test('what nobody can see is not missing: a registered member, and one in quarantine', () => {
    const { t, id } = aMember();
    t.staticPool('boards', [{}]);
    act(t, id, 'quarantine');
    t.now += 1_000;
    look(t);
    expect(t.resource(id)).toMatchObject({ status: 'quarantined', machine: 'RUNNING' });
    expect(t.do({ type: 'observe', provider: 'hand', startedAt: t.now, observations: [] }).changed).toBe(0);
  });
});

describe('what is unhealthy (R10)', () => {
  const sick = { liveness: 'UNHEALTHY' } as const;

  test('is given time to recover, then replaced', () => {
    const { t, id } = aMember();
    look(t, { resource: id, ...sick });
    t.now += GRACE_MS - 1;
    look(t, { resource: id, ...sick });
    expect(statusesOf(t)).toEqual(['free']);
    t.now += 1;
    look(t, { resource: id, ...sick });
    expect(statusesOf(t)).toEqual(['exiting', 'requested']);
  });

  test('starts anew after it recovered', () => {
    const { t, id } = aMember();
    look(t, { resource: id, ...sick });
    t.now += GRACE_MS - 1;
    look(t, { resource: id });
    look(t, { resource: id, ...sick });
    t.now += GRACE_MS - 1;
    look(t, { resource: id, ...sick });
    expect(statusesOf(t)).toEqual(['free']);
  });

  test('stays with its holder, and is replaced at its return when its time is over', () => {
    const { t, id } = aMember();
    const lease = t.request('ann', 'web');
    look(t, { resource: id, ...sick });
    t.now += GRACE_MS;
    look(t, { resource: id, ...sick });
    expect(t.resource(id)).toMatchObject({ status: 'leased', fate: 'recycle' } satisfies Partial<Resource>);
    t.end(lease);
    expect(t.resource(id).status).toBe('exiting');
  });
});

describe('what is stopped, though it was up (R19)', () => {
  const stopped = { machine: 'PENDING', liveness: 'UNKNOWN' } as const;

  test('has as long to be started again as what is unhealthy, then it is replaced', () => {
    const { t, id } = aMember();
    look(t, { resource: id, ...stopped });
    expect(t.resource(id).unhealthySince).toBe(t.now);
    t.now += GRACE_MS - 1;
    look(t, { resource: id, ...stopped });
    expect(statusesOf(t)).toEqual(['free']);
    t.now += 1;
    const { events } = look(t, { resource: id, ...stopped });
    expect(events[0]).toMatchObject({ type: 'resource.exiting', data: { reason: 'it is stopped' } });
    expect(statusesOf(t)).toEqual(['exiting', 'requested']);
  });

  test('is as good as before when it runs again in time', () => {
    const { t, id } = aMember();
    look(t, { resource: id, ...stopped });
    look(t, { resource: id });
    t.now += GRACE_MS;
    look(t, { resource: id });
    expect(t.resource(id)).toMatchObject({ status: 'free', unhealthySince: null });
  });

  test('stays with its holder', () => {
    const { t, id } = aMember();
    const lease = t.request('ann', 'web');
    look(t, { resource: id, ...stopped });
    t.now += GRACE_MS;
    look(t, { resource: id, ...stopped });
    expect(t.resource(id).status).toBe('leased');
    t.end(lease);
    expect(t.resource(id).status).toBe('exiting');
  });

  test('is not said of what has not been up yet', () => {
    const t = new TestWorld();
    t.sizedPool('web', { desired: 1 });
    finishOneJob(t, { machine: 'PENDING', liveness: 'BOOTING' });
    const [id] = t.world.resourceIds;
    t.now += GRACE_MS * 2;
    look(t, { resource: id as string, machine: 'PENDING', liveness: 'BOOTING' });
    expect(t.resource(id as string)).toMatchObject({ status: 'entering', unhealthySince: null });
  });
});
