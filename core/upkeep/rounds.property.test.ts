import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command, Decision } from '../decide.ts';
import { Refusal } from '../errors.ts';
import type { Listed, Resource } from '../model/resource.ts';
import {
  anUpkeep,
  aThing,
  listed,
  membersOf,
  ROUNDS,
  settleRounds,
  upkeepOf,
} from '../testing/upkeep-builder.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { machineIdOf } from './find-machine.ts';
import { poolSize } from './pool-size.ts';

const RUNS = 200;
const SIZE_MAX = 6;

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('size' as const),
      desired: fc.integer({ min: 0, max: SIZE_MAX }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('look' as const),
      how: fc.constantFrom('well', 'well', 'well', 'failed', 'missing', 'dead', 'stranger', 'old'),
      pick: fc.nat(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('job' as const),
      pick: fc.nat(),
      how: fc.constantFrom('well', 'well', 'well', 'transient', 'refused', 'booting'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('mark' as const),
      pick: fc.nat(),
      active: fc.boolean(),
      evictable: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('terminate' as const), pick: fc.nat(), lowers: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('lease' as const, 'end' as const), pick: fc.nat() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('tick' as const), passMs: fc.integer({ min: 0, max: 70_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('stop' as const, 'start' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('quarantine' as const, 'retire' as const, 'hold' as const, 'retry' as const),
      pick: fc.nat(),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function pickFrom<T>(all: readonly T[], index: number): T | undefined {
  return all[index % Math.max(1, all.length)];
}

function commandOf(t: TestWorld, s: Step, n: number): Command | undefined {
  switch (s.do) {
    case 'size':
      return { type: 'setSize', pool: 'web', desired: s.desired };
    case 'look':
      return lookOf(t, s, n);
    case 'job': {
      const job = pickFrom([...t.world.jobs.values()], s.pick);
      if (job === undefined) return undefined;
      const observation = { ...listed(t.resource(job.resource)), resource: job.resource };
      const up = { ...observation, machine: 'RUNNING', liveness: 'LIVE' } as const;
      const seen = s.how === 'booting' ? ({ ...up, machine: 'PENDING', liveness: 'BOOTING' } as const) : up;
      const well =
        job.kind === 'create'
          ? ({ result: 'created', observation: seen } as const)
          : ({ result: 'gone' } as const);
      const failed = {
        result: 'failed',
        reason: s.how === 'refused' ? 'refused' : 'transient',
        error: 'no',
      } as const;
      const isWell = s.how === 'well' || s.how === 'booting';
      return { type: 'finishJob', job: job.id, outcome: isWell ? well : failed };
    }
    case 'lease':
      return {
        type: 'requestLease',
        holder: 'ann',
        items: [{ pool: 'web', count: 1 + (s.pick % 2) }],
        durationMs: 120_000,
      };
    case 'end': {
      const lease = pickFrom([...t.world.leases.keys()], s.pick);
      return lease === undefined ? undefined : { type: 'endLease', lease, asHolder: null };
    }
    case 'tick':
      t.now += s.passMs;
      return { type: 'tick' };
    case 'stop':
      return { type: 'stopUpkeep', name: 'web' };
    case 'start':
      return { type: 'startUpkeep', name: 'web' };
    case 'mark': {
      const resource = pickFrom(membersOf(t), s.pick);
      if (resource === undefined) return undefined;
      const marks = { membership: { active: s.active, evictable: s.evictable } };
      return { type: 'askMember', pool: 'web', machine: machineIdOf(resource), ask: { do: 'mark', marks } };
    }
    case 'terminate': {
      const resource = pickFrom(membersOf(t), s.pick);
      if (resource === undefined) return undefined;
      const ask = { do: 'terminate', lowersSize: s.lowers } as const;
      return { type: 'askMember', pool: 'web', machine: machineIdOf(resource), ask };
    }
    default: {
      const resource = pickFrom(membersOf(t), s.pick);
      return resource === undefined
        ? undefined
        : { type: 'actOnResource', resource: resource.id, action: s.do, reason: 'test' };
    }
  }
}

function lookOf(t: TestWorld, { how, pick }: Step & { do: 'look' }, n: number): Command | undefined {
  const { look } = upkeepOf(t);
  if (look === null) return undefined;
  const base = { type: 'finishLook', upkeep: 'web', number: look.number } as const;
  if (how === 'failed') return { ...base, startedAt: t.now, outcome: { result: 'failed', error: 'down' } };
  const made = membersOf(t).filter(({ externalId, status }) => externalId !== null && status !== 'exiting');
  const odd = how === 'missing' || how === 'dead' ? pickFrom(made, pick) : undefined;
  const things: Listed[] = made
    .filter((resource) => how !== 'missing' || resource !== odd)
    .map((resource) =>
      listed(
        resource,
        resource === odd ? { machine: 'TERMINATED' } : { machine: 'RUNNING', liveness: 'LIVE' },
      ),
    );
  if (how === 'stranger') things.push(aThing(`vm-${n % 3}`));
  const startedAt = how === 'old' ? t.now - 10_000 : t.now + 1;
  return { ...base, startedAt, outcome: { result: 'seen', things } };
}

/** Why a round takes something away. */
const OF_ROUNDS = ['the pool has more than its size', 'it does not count towards the size of its pool'];

/** U10: what a round takes away may be evicted and is in nobody's hands. U9: not in a round in which a growth failed. */
function checkRemovals({ changes, events }: Decision<unknown>): void {
  const leaving = new Set(
    events.flatMap(({ type, resource, data }) =>
      type === 'resource.exiting' && OF_ROUNDS.includes(data['reason'] as string) ? [resource] : [],
    ),
  );
  for (const { kind, id, before } of changes) {
    if (kind !== 'resource' || before === undefined || !leaving.has(id) || before.status === 'exiting')
      continue;
    expect(before.isEvictable, `${id} may not be evicted`).toBe(true);
    expect(['leased', 'preparing'], `${id} was ${before.status}`).not.toContain(before.status);
  }
  for (const { type, data } of events)
    if (type === 'upkeep.round_ended' && data['error'] !== null) {
      expect(data['terminatingCount']).toBe(0);
      expect([...leaving]).toEqual([]);
    }
}

/** Nothing is left that could keep the pool from its size but what may not be taken away. */
function removable(t: TestWorld): Resource[] {
  return membersOf(t).filter(
    ({ status, isEvictable, isActive, leaseId }) =>
      status === 'free' && leaseId === null && isEvictable && isActive !== false,
  );
}

/** Holds U3 U4 U6 U7 U9 U10 U12: at every moment, and once it is quiet. */
test('any row of commands keeps a pool in rounds whole, and quiet brings it to its size', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const t = new TestWorld();
      anUpkeep(t);
      steps.forEach((s, n) => {
        const command = commandOf(t, s, n);
        if (command === undefined) return;
        const { round } = upkeepOf(t);
        try {
          const decision = t.decide(command);
          checkRemovals(decision);
          const isFollowed = command.type === 'setSize' && round?.phase === 'growing';
          const now = upkeepOf(t).round;
          if (isFollowed) expect(now?.number !== round.number || now.isFollowed).toBe(true);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
        expect(checkWorld(t.world), JSON.stringify(command)).toEqual([]);
      });
      comeToRest(t);
      const { desired, active } = poolSize(t.world, 'web');
      expect(active, 'no fewer than were asked for').toBeGreaterThanOrEqual(desired);
      if (active > desired)
        expect(removable(t), 'more than were asked for, of which some may go').toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

/** Everything works from now on, and two intervals go by. */
function comeToRest(t: TestWorld): void {
  t.do({ type: 'startUpkeep', name: 'web' });
  for (const lease of Array.from(t.world.leases.keys())) t.do({ type: 'endLease', lease, asHolder: null });
  for (const { id, hold } of membersOf(t)) {
    if (hold !== null) t.do({ type: 'actOnResource', resource: id, action: 'retire', reason: 'test' });
  }
  for (let turn = 0; turn < 2; turn += 1) {
    settleRounds(t);
    t.now += ROUNDS.updateMs;
    t.do({ type: 'tick' });
  }
  settleRounds(t);
  expect(checkWorld(t.world)).toEqual([]);
}
