import { describe, expect, test } from 'vitest';
import type { Resource } from '../model/resource.ts';
import {
  aConfigureUpkeep,
  anUpkeep,
  aThing,
  failLook,
  listed,
  look,
  membersOf,
  ROUNDS,
  settleRounds,
  tickAfter,
  upkeepOf,
} from '../testing/upkeep-builder.ts';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { nextTickAt } from '../tick.ts';
import { putDocument } from '../world/world.ts';
import { poolSize } from './pool-size.ts';

function aStarted(): TestWorld {
  const t = new TestWorld();
  anUpkeep(t);
  return t;
}

/** A started upkeep that has had its first list, with nothing in it. */
function aLooked(): TestWorld {
  const t = aStarted();
  look(t, []);
  return t;
}

/** Time for another list, which has these. */
function lookAgain(t: TestWorld, things: Parameters<typeof look>[1]) {
  tickAfter(t, ROUNDS.fetchMs);
  return look(t, things);
}

function namesOf(t: TestWorld): (string | null)[] {
  return membersOf(t).map(({ externalId }) => externalId);
}

describe('a look (U13)', () => {
  test('comes at the start, and then one interval after the end of the one before', () => {
    const t = aStarted();
    t.now += 700;
    look(t, []);
    expect(upkeepOf(t)).toMatchObject({
      look: null,
      fetchedAt: t.now,
      lookedAt: t.now,
      nextLookAt: t.now + ROUNDS.fetchMs,
    });
    expect(nextTickAt(t.world)).toBe(t.now + ROUNDS.fetchMs);
    tickAfter(t, ROUNDS.fetchMs);
    expect(upkeepOf(t)).toMatchObject({ look: { number: 2, failures: 0 }, nextLookAt: null });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('that fails is tried again after waits that double, and the old list stays', () => {
    const t = aLooked();
    const fetchedAt = t.now;
    tickAfter(t, ROUNDS.fetchMs);
    for (const waitMs of [3_000, 6_000, 12_000]) {
      expect(failLook(t).events).toEqual([]);
      expect(upkeepOf(t).look?.notBefore).toBe(t.now + waitMs);
      t.now += waitMs;
    }
    const { events } = failLook(t, 'the cloud is down');
    expect(events).toMatchObject([
      { type: 'upkeep.look_failed', pool: 'web', data: { error: 'the cloud is down', attempts: 4 } },
    ]);
    expect(upkeepOf(t)).toMatchObject({
      fetchedAt,
      lookedAt: t.now,
      lookError: 'the cloud is down',
      look: null,
      nextLookAt: t.now + ROUNDS.fetchMs,
    });
    lookAgain(t, []);
    expect(upkeepOf(t).lookError).toBeNull();
  });

  test('that is over, or was dropped by a stop, is not taken', () => {
    const t = aStarted();
    const finish = (number: number) => {
      const outcome = { result: 'seen', things: [aThing('vm-1')] } as const;
      return t.do({ type: 'finishLook', upkeep: 'web', number, startedAt: t.now, outcome });
    };
    expect([finish(0), finish(2)]).toEqual([{ isAccepted: false }, { isAccepted: false }]);
    t.do({ type: 'stopUpkeep', name: 'web' });
    expect(finish(1)).toEqual({ isAccepted: false });
    t.do({ type: 'startUpkeep', name: 'web' });
    expect([finish(1), finish(2)]).toEqual([{ isAccepted: false }, { isAccepted: true }]);
  });
});

describe('the first list says how large a pool is to be that nobody has sized (U4)', () => {
  test('as many as are active', () => {
    const t = aStarted();
    const out = { membership: { active: false, evictable: false } };
    look(t, [aThing('vm-1'), aThing('vm-2'), aThing('vm-3', { marks: out })]);
    expect(upkeepOf(t).isSizeKnown).toBe(true);
    expect(poolSize(t.world, 'web')).toEqual({ desired: 2, allocated: 3, active: 2 });
    expect(t.world.jobs.size).toBe(0);
  });

  test('unless it was sized before', () => {
    const t = aStarted();
    t.do({ type: 'setSize', pool: 'web', desired: 1 });
    look(t, [aThing('vm-1'), aThing('vm-2')]);
    expect(poolSize(t.world, 'web')).toMatchObject({ desired: 1, active: 2 });
  });
});

describe('what a list says of members (U14)', () => {
  function aMember(): { t: TestWorld; member: Resource } {
    const t = aLooked();
    t.do({ type: 'setSize', pool: 'web', desired: 1 });
    settleRounds(t);
    t.now += 1_000;
    return { t, member: membersOf(t)[0] as Resource };
  }

  test('is taken: state, details and marks, by the tag or by the name that the provider has for it', () => {
    const { t, member } = aMember();
    const details = {
      launchedAt: 5,
      requestedAt: null,
      publicAddresses: ['198.51.100.7'],
      privateAddresses: [],
      cloud: 'Simulated',
      region: 'north',
      size: 'small',
    };
    const marks = { serviceState: 'IN_SERVICE', membership: { active: true, evictable: false } } as const;
    lookAgain(t, [listed(member, { resource: null, details, marks })]);
    expect(t.resource(member.id)).toMatchObject({ details, serviceState: 'IN_SERVICE', isEvictable: false });
    lookAgain(t, [listed(member, { resource: 'res_of_nobody' })]);
    expect(namesOf(t)).toEqual([member.externalId]);
  });

  test('what is missing has gone; what was made since may be missing', () => {
    const { t, member } = aMember();
    t.do({ type: 'setSize', pool: 'web', desired: 2 });
    look(t);
    t.finishJobs();
    tickAfter(t, ROUNDS.fetchMs);
    const { number } = upkeepOf(t).look ?? { number: 0 };
    const startedAt = t.resource(membersOf(t)[1]?.id ?? '').since;
    const outcome = { result: 'seen', things: [] } as const;
    t.do({ type: 'finishLook', upkeep: 'web', number, startedAt, outcome });
    expect(t.resource(member.id)).toMatchObject({ status: 'exiting', machine: 'TERMINATED' });
    expect(membersOf(t)[1]).toMatchObject({ status: 'free', machine: 'RUNNING' });
  });

  test('what is PENDING again, as while it is rebooted, resized or moved, stays for as long as that takes', () => {
    const t = aLooked();
    t.do({ type: 'setSize', pool: 'web', desired: 1 });
    settleRounds(t);
    const [member] = membersOf(t) as [Resource];
    for (let turn = 0; turn < 4; turn += 1) {
      tickAfter(t, ROUNDS.fetchMs);
      look(t, [listed(member, { machine: 'PENDING', liveness: 'BOOTING' })]);
      t.finishJobs();
    }
    expect(t.resource(member.id)).toMatchObject({ status: 'free', machine: 'PENDING' });
    expect(poolSize(t.world, 'web')).toEqual({ desired: 1, allocated: 1, active: 1 });
  });

  test('a second thing of a member is a leak, and no member', () => {
    const { t, member } = aMember();
    const twin = { ...observationOf(member.id), externalId: 'vm-twin' };
    for (let n = 0; n < 3; n += 1) lookAgain(t, [listed(member), twin]);
    expect(namesOf(t)).toEqual([member.externalId]);
    expect([...t.world.leaks.values()]).toMatchObject([{ status: 'leaked', externalId: 'vm-twin' }]);
  });
});

describe('what bears the mark of the pool and is nobody’s (U15)', () => {
  test('becomes a member at once with the first list ever, by the id of its tag where that is free', () => {
    const t = aStarted();
    look(t, [aThing('vm-1'), aThing('vm-2', { resource: 'res_before', machine: 'PENDING' })]);
    expect(
      membersOf(t)
        .map(({ externalId, status }) => `${externalId} ${status}`)
        .toSorted(),
    ).toEqual(['vm-1 free', 'vm-2 entering']);
    expect(t.resource('res_before').externalId).toBe('vm-2');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('later when two lists in a row have it', () => {
    const t = aLooked();
    lookAgain(t, [aThing('vm-1')]);
    lookAgain(t, []);
    lookAgain(t, [aThing('vm-1')]);
    expect(namesOf(t)).toEqual([]);
    lookAgain(t, [aThing('vm-1'), aThing('vm-1')]);
    expect(namesOf(t)).toEqual(['vm-1']);
    lookAgain(t, [aThing('vm-1')]);
    expect([namesOf(t), upkeepOf(t).strays]).toEqual([['vm-1'], []]);
  });

  test('not what ends or has ended', () => {
    const t = aStarted();
    look(t, [
      aThing('vm-1', { machine: 'TERMINATING' }),
      aThing('vm-2', { machine: 'TERMINATED' }),
      aThing('vm-3', { machine: 'REJECTED' }),
    ]);
    expect([namesOf(t), poolSize(t.world, 'web').desired]).toEqual([[], 0]);
  });

  test('not what was detached, before a list of after that has it no more', () => {
    const t = aLooked();
    t.now += 1_000;
    t.do({ type: 'stopUpkeep', name: 'web' });
    const upkeep = upkeepOf(t);
    detach(t, upkeep, 'vm-1');
    t.do({ type: 'startUpkeep', name: 'web' });
    t.now += 1;
    look(t, [aThing('vm-1')]);
    for (let n = 0; n < 3; n += 1) lookAgain(t, [aThing('vm-1')]);
    expect([namesOf(t), upkeepOf(t).detached]).toMatchObject([[], [{ externalId: 'vm-1' }]]);
    lookAgain(t, []);
    expect(upkeepOf(t).detached).toEqual([]);
    lookAgain(t, [aThing('vm-1')]);
    lookAgain(t, [aThing('vm-1')]);
    expect(namesOf(t)).toEqual(['vm-1']);
  });

  test('also what was detached once and somebody wants back: its attachment may have worked without an answer', () => {
    const t = new TestWorld();
    const provider = {
      name: 'web',
      driver: 'process',
      makes: true,
      attaches: true,
      options: { cloudPool: 'web' },
    } as const;
    anUpkeep(t, 'web', { provider });
    look(t, [aThing('vm-1')]);
    t.now += 1_000;
    t.do({ type: 'askMember', pool: 'web', machine: 'vm-1', ask: { do: 'detach', lowersSize: true } });
    t.finishJobs();
    expect(upkeepOf(t).detached).toHaveLength(1);
    const { job } = t.do({ type: 'askMember', pool: 'web', machine: 'vm-1', ask: { do: 'attach' } });
    const outcome = { result: 'failed', reason: 'transient', error: 'no answer' } as const;
    t.do({ type: 'finishJob', job: job as string, outcome });
    lookAgain(t, [aThing('vm-1')]);
    lookAgain(t, [aThing('vm-1')]);
    expect(namesOf(t)).toEqual(['vm-1']);
  });

  test('with a tag of a resource that lives elsewhere gets an id of its own', () => {
    const t = aLooked();
    const [board] = t.staticPool('boards', [{}]) as [Resource];
    t.do({ type: 'stopUpkeep', name: 'web' });
    const provider = { name: 'web', driver: 'process', makes: true, options: { cloudPool: 'other' } };
    t.do(aConfigureUpkeep('web', { provider }));
    t.do({ type: 'startUpkeep', name: 'web' });
    look(t, [aThing('vm-1', { resource: board.id })]);
    expect([namesOf(t), t.resource(board.id).pool]).toEqual([['vm-1'], 'boards']);
    expect(checkWorld(t.world)).toEqual([]);
  });
});

function detach(t: TestWorld, upkeep: ReturnType<typeof upkeepOf>, externalId: string): void {
  putDocument(t.world, 'upkeep', 'web', { ...upkeep, detached: [{ externalId, at: t.now }] });
}
