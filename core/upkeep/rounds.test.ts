import { describe, expect, test } from 'vitest';
import type { WorldEvent } from '../model/event.ts';
import type { JobOutcome } from '../model/job.ts';
import type { Resource } from '../model/resource.ts';
import { putDocument } from '../world/world.ts';
import {
  anUpkeep,
  failLook,
  look,
  listed,
  membersOf,
  ROUNDS,
  settleRounds,
  tickAfter,
  upkeepOf,
} from '../testing/upkeep-builder.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { poolSize } from './pool-size.ts';

/** A started upkeep of so many members that are up, at rest. */
function aPool(size: number, more: Parameters<typeof anUpkeep>[2] = {}): TestWorld {
  const t = new TestWorld();
  anUpkeep(t, 'web', more);
  t.do({ type: 'setSize', pool: 'web', desired: size });
  settleRounds(t);
  expect(poolSize(t.world, 'web')).toEqual({ desired: size, allocated: size, active: size });
  return t;
}

function resize(t: TestWorld, desired: number): void {
  t.now += 1_000;
  t.do({ type: 'setSize', pool: 'web', desired });
}

/** Changes what is known of a member, as marks do. */
function mark(t: TestWorld, resource: Resource, change: Partial<Resource>): void {
  putDocument(t.world, 'resource', resource.id, { ...resource, ...change, version: resource.version + 1 });
}

function failJobs(t: TestWorld, error = 'no capacity'): WorldEvent[] {
  const jobs = [...t.world.jobs.values()].filter(({ kind }) => kind === 'create');
  return jobs.flatMap(({ id: job }) => {
    const outcome = { result: 'failed', reason: 'exhausted', error } as const;
    return [...t.decide({ type: 'finishJob', job, outcome }).events];
  });
}

function ended(events: readonly WorldEvent[]): WorldEvent['data'][] {
  return events.filter(({ type }) => type === 'upkeep.round_ended').map(({ data }) => data);
}

describe('a round fits the pool to its size (U6, U7)', () => {
  test('it asks for nothing before it has a list of its own', () => {
    const t = new TestWorld();
    anUpkeep(t);
    t.do({ type: 'setSize', pool: 'web', desired: 2 });
    expect(upkeepOf(t)).toMatchObject({ look: { number: 1 }, round: { look: 2 } });
    t.now += 1;
    look(t);
    expect([t.world.jobs.size, upkeepOf(t).round?.phase]).toEqual([0, 'looking']);
    t.now += 1;
    look(t);
    expect([t.world.jobs.size, upkeepOf(t).round?.phase]).toEqual([2, 'growing']);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('it ends when all is answered, and says what it did', () => {
    const t = aPool(0);
    resize(t, 2);
    look(t);
    const [first, second] = [...t.world.jobs.values()];
    const finish = (resource = '', job = '') =>
      t.decide({
        type: 'finishJob',
        job,
        outcome: { result: 'created', observation: { ...listed(t.resource(resource)), resource } },
      }).events;
    expect(ended(finish(first?.resource, first?.id))).toEqual([]);
    const [done] = ended(finish(second?.resource, second?.id));
    expect(done).toMatchObject({ desired: 2, requestedCount: 2, terminatingCount: 0, error: null });
    expect(done?.['requested']).toEqual(membersOf(t).map(({ externalId }) => externalId));
    expect(upkeepOf(t)).toMatchObject({
      round: null,
      lastRound: { desired: 2, error: null, endedAt: t.now },
      nextRoundAt: t.now + ROUNDS.updateMs,
    });
  });

  test('it gives up what is too much in the decision of its list', () => {
    const t = aPool(3);
    resize(t, 1);
    const [done] = ended(look(t).events);
    expect(done).toMatchObject({ desired: 1, requested: [], terminatingCount: 2, error: null });
    expect(poolSize(t.world, 'web')).toEqual({ desired: 1, allocated: 1, active: 1 });
    expect(
      membersOf(t)
        .map(({ status }) => status)
        .toSorted(),
    ).toEqual(['exiting', 'exiting', 'free']);
  });

  test('between rounds nothing happens: what died is replaced by the next, an interval later', () => {
    const t = aPool(2);
    const [gone, stays] = membersOf(t) as [Resource, Resource];
    tickAfter(t, ROUNDS.fetchMs);
    look(t, [listed(stays)]);
    expect(t.resource(gone.id).status).toBe('exiting');
    t.finishJobs();
    expect(poolSize(t.world, 'web')).toEqual({ desired: 2, allocated: 1, active: 1 });
    tickAfter(t, ROUNDS.updateMs - ROUNDS.fetchMs);
    expect(upkeepOf(t).round).toMatchObject({ phase: 'looking' });
    settleRounds(t);
    expect(poolSize(t.world, 'web')).toEqual({ desired: 2, allocated: 2, active: 2 });
  });

  test('a list that fails after all attempts ends it, and nothing is taken away', () => {
    const t = aPool(2);
    resize(t, 0);
    for (let n = 0; n < ROUNDS.retries; n += 1) expect(ended(failLook(t).events)).toEqual([]);
    expect(ended(failLook(t, 'down').events)).toMatchObject([{ error: 'down', desired: null }]);
    expect(poolSize(t.world, 'web')).toMatchObject({ desired: 0, active: 2 });
    tickAfter(t, ROUNDS.updateMs);
    settleRounds(t);
    expect(poolSize(t.world, 'web')).toMatchObject({ desired: 0, active: 0 });
  });

  test('it goes on in steps where it asks for more than one decision may', () => {
    const t = aPool(0);
    resize(t, 1_100);
    look(t);
    expect(upkeepOf(t).round).toMatchObject({ toAsk: 600, requestedCount: 500 });
    t.do({ type: 'tick' });
    t.do({ type: 'tick' });
    expect(upkeepOf(t).round).toMatchObject({ toAsk: 0, requestedCount: 1_100 });
    expect([t.world.jobs.size, t.world.unsettledPools.size]).toEqual([1_100, 0]);
    expect(upkeepOf(t).round?.requested).toHaveLength(1_000);
  });

  test('and in steps where it gives up more than that', () => {
    const t = aPool(1_100);
    resize(t, 0);
    look(t);
    expect([upkeepOf(t).round?.terminatingCount, poolSize(t.world, 'web').active]).toEqual([500, 600]);
    t.do({ type: 'tick' });
    const { events } = t.decide({ type: 'tick' });
    expect(ended(events)).toMatchObject([{ terminatingCount: 1_100 }]);
    expect(ended(events)[0]?.['terminating']).toHaveLength(1_000);
    expect([poolSize(t.world, 'web').active, t.world.unsettledPools.size]).toEqual([0, 0]);
  });
});

describe('a growth that fails (U8, U9)', () => {
  test('ends the round with the first error before anything is taken away', () => {
    const t = aPool(2);
    const [first] = membersOf(t) as [Resource];
    mark(t, first, { isActive: false });
    resize(t, 3);
    look(t);
    const events = failJobs(t, 'no capacity');
    expect(ended(events)).toMatchObject([{ error: 'no capacity', terminatingCount: 0, requested: [] }]);
    expect(t.resource(first.id).status).toBe('free');
    expect(upkeepOf(t).lastRound).toMatchObject({ error: 'no capacity', desired: 3 });
    expect(poolSize(t.world, 'web')).toEqual({ desired: 3, allocated: 2, active: 1 });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('ends it after a few failures in a row: what waits behind them would only fail later', () => {
    const t = aPool(0);
    resize(t, 600);
    look(t);
    const [first, second, third, ...others] = [...t.world.jobs.keys()];
    const end = (job: string | undefined, outcome: JobOutcome) =>
      t.decide({ type: 'finishJob', job: job as string, outcome }).events;
    const failed = { result: 'failed', reason: 'exhausted', error: 'no capacity' } as const;
    const resource = t.world.jobs.get(third as string)?.resource as string;
    expect([...end(first, failed), ...end(second, failed)].map(({ type }) => type)).not.toContain(
      'upkeep.round_ended',
    );
    // What is made in between says that there is a point in going on.
    end(third, { result: 'created', observation: { ...listed(t.resource(resource)), resource } });
    for (const job of others.slice(0, 2)) end(job, failed);
    expect([t.world.jobs.size, upkeepOf(t).round?.phase]).toEqual([595, 'growing']);
    end(others[2], failed);
    t.do({ type: 'tick' });
    t.do({ type: 'tick' });
    expect(upkeepOf(t).lastRound).toMatchObject({ error: 'no capacity', desired: 600 });
    expect([t.world.jobs.size, poolSize(t.world, 'web').active]).toEqual([0, 1]);
    expect(checkWorld(t.world)).toEqual([]);
    tickAfter(t, ROUNDS.updateMs);
    settleRounds(t);
    expect(poolSize(t.world, 'web')).toEqual({ desired: 600, allocated: 600, active: 600 });
  });

  test('is tried again by the next round, with the same members and the template of then', () => {
    const t = aPool(0);
    resize(t, 2);
    look(t);
    failJobs(t);
    const ids = membersOf(t).map(({ id }) => id);
    expect(membersOf(t).map(({ status, machine }) => `${status} ${machine}`)).toEqual([
      'requested REJECTED',
      'requested REJECTED',
    ]);
    expect(t.world.jobs.size).toBe(0);
    tickAfter(t, ROUNDS.updateMs);
    settleRounds(t);
    expect(membersOf(t).map(({ id, status }) => `${id} ${status}`)).toEqual(ids.map((id) => `${id} free`));
  });

  test('leaves nothing behind once fewer are wanted', () => {
    const t = aPool(1);
    resize(t, 3);
    look(t);
    failJobs(t);
    resize(t, 1);
    settleRounds(t);
    expect(membersOf(t).map(({ status }) => status)).toEqual(['free']);
  });

  test('of which the thing is there after all counts as made', () => {
    const t = aPool(0);
    resize(t, 1);
    look(t);
    failJobs(t);
    const [made] = membersOf(t) as [Resource];
    t.now += 1_000;
    tickAfter(t, ROUNDS.fetchMs);
    look(t, [listed(made, { machine: 'RUNNING', liveness: 'LIVE' })]);
    expect(t.resource(made.id)).toMatchObject({ status: 'free', machine: 'RUNNING' });
  });

  test('in a pool that follows its size at once is tried again at once, as ever', () => {
    const t = new TestWorld();
    t.sizedPool('made', { desired: 1 });
    failJobs(t);
    expect([t.world.jobs.size, membersOf(t, 'made')[0]?.machine]).toEqual([1, 'REQUESTED']);
  });
});

describe('what a round takes away (U10, U12)', () => {
  test('nothing that is leased, set aside or may not be evicted: then the pool stays too large', () => {
    const t = aPool(3);
    const lease = t.request('ann', 'web');
    const kept = membersOf(t).find(({ status }) => status === 'free') as Resource;
    mark(t, kept, { isEvictable: false });
    resize(t, 0);
    expect(ended(look(t).events)).toMatchObject([{ terminatingCount: 1 }]);
    expect(t.held(lease)).toHaveLength(1);
    expect(t.resource(kept.id).status).toBe('free');
    t.finishJobs();
    expect(poolSize(t.world, 'web')).toEqual({ desired: 0, allocated: 2, active: 2 });
  });

  test('always what counts for nothing and may go, after its replacement is there', () => {
    const t = aPool(2);
    const [first] = membersOf(t) as [Resource];
    mark(t, first, { isActive: false });
    tickAfter(t, ROUNDS.updateMs);
    look(t);
    look(t);
    expect(t.resource(first.id).status).toBe('free');
    t.finishJobs();
    expect(t.resource(first.id)).toMatchObject({ status: 'exiting', machine: 'TERMINATED' });
    settleRounds(t);
    expect(poolSize(t.world, 'web')).toEqual({ desired: 2, allocated: 2, active: 2 });
  });

  test('not what counts for nothing and may not go; it is replaced', () => {
    const t = aPool(1);
    const [first] = membersOf(t) as [Resource];
    mark(t, first, { isActive: false, isEvictable: false });
    tickAfter(t, ROUNDS.updateMs);
    settleRounds(t);
    expect(poolSize(t.world, 'web')).toEqual({ desired: 1, allocated: 2, active: 1 });
    expect(t.resource(first.id).status).toBe('free');
  });

  test('what is only asked for first, without waiting for it', () => {
    const t = aPool(1);
    resize(t, 3);
    look(t);
    t.do({ type: 'stopUpkeep', name: 'web' });
    t.do({ type: 'startUpkeep', name: 'web' });
    look(t);
    resize(t, 1);
    expect(ended(look(t).events)).toMatchObject([{ terminatingCount: 2 }]);
    expect(membersOf(t).map(({ status }) => status)).toEqual(['free', 'exiting', 'exiting']);
  });
});

describe('a size that is set while a round is under way (U4)', () => {
  test('is followed by another round, and nothing that it wants is taken away', () => {
    const t = aPool(0);
    resize(t, 1);
    look(t);
    expect(upkeepOf(t).round?.phase).toBe('growing');
    const { number } = upkeepOf(t).round ?? { number: 0 };
    expect(t.do({ type: 'setSize', pool: 'web', desired: 3 }).round).toBe(number + 1);
    expect(t.do({ type: 'setSize', pool: 'web', desired: 2 }).round).toBe(number + 1);
    t.finishJobs();
    expect(upkeepOf(t).round).toMatchObject({ number: number + 1, phase: 'looking' });
    settleRounds(t);
    expect(poolSize(t.world, 'web')).toEqual({ desired: 2, allocated: 2, active: 2 });
    expect(upkeepOf(t).lastRound?.number).toBe(number + 1);
  });

  test('and is smaller keeps it from asking for more', () => {
    const t = aPool(0);
    resize(t, 900);
    look(t);
    t.do({ type: 'setSize', pool: 'web', desired: 10 });
    t.do({ type: 'tick' });
    expect(upkeepOf(t).round).toMatchObject({ toAsk: 0, requestedCount: 500 });
    settleRounds(t);
    expect(poolSize(t.world, 'web')).toEqual({ desired: 10, allocated: 10, active: 10 });
  });
});

test('a size that is set smaller ends what is asked for and not wanted any more (U4)', () => {
  const t = aPool(1);
  resize(t, 4);
  look(t);
  expect(t.world.jobs.size).toBe(3);
  resize(t, 0);
  expect([upkeepOf(t).round?.phase, t.world.jobs.size]).toEqual(['looking', 0]);
  settleRounds(t);
  expect(poolSize(t.world, 'web')).toEqual({ desired: 0, allocated: 0, active: 0 });
  expect(membersOf(t).map(({ machine }) => machine)).toEqual(['TERMINATED']);
  expect(upkeepOf(t).lastRound).toMatchObject({ desired: 0, error: null });
});

describe('members that do not count (U10, P23)', () => {
  test('are on no offer', () => {
    const t = aPool(1);
    mark(t, membersOf(t)[0] as Resource, { isActive: false });
    expect(t.request('ann', 'web').status).toBe('queued');
  });

  test('are replaced and taken away at once in a pool that follows its size', () => {
    const t = new TestWorld();
    t.sizedPool('made', { desired: 2 });
    t.finishJobs();
    const [out, kept] = membersOf(t, 'made') as [Resource, Resource];
    mark(t, out, { isActive: false });
    mark(t, kept, { isActive: false, isEvictable: false });
    t.do({ type: 'tick' });
    t.finishJobs();
    expect(t.world.resources.has(out.id)).toBe(false);
    expect(t.resource(kept.id).status).toBe('free');
    expect(poolSize(t.world, 'made')).toEqual({ desired: 2, allocated: 3, active: 2 });
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('a template that changes (U2)', () => {
  test('is for what is made from then on: nothing is rolled out', () => {
    const t = aPool(2);
    const before = membersOf(t).map(({ id }) => id);
    anotherTemplate(t);
    tickAfter(t, ROUNDS.updateMs);
    settleRounds(t);
    const lease = t.request('ann', 'web');
    t.end(lease);
    t.finishJobs();
    expect(membersOf(t).map(({ id, status }) => `${id} ${status}`)).toEqual(before.map((id) => `${id} free`));
    expect(t.world.pools.get('web')?.outdatedCount).toBe(0);
  });
});

function anotherTemplate(t: TestWorld): void {
  const { rounds, victims } = t.world.pools.get('web')?.pool ?? {};
  const provider = t.world.providers.get('web');
  if (rounds === undefined || victims === undefined || provider === undefined) throw new Error('no pool web');
  const template = { image: 'two' };
  t.do({
    type: 'configureUpkeep',
    name: 'web',
    sealed: 's',
    kind: 'machine',
    provider,
    template,
    victims,
    rounds,
  });
}
