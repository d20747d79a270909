import { describe, expect, test } from 'vitest';
import type { VictimPolicy } from '../model/pool.ts';
import type { MachineState, Resource } from '../model/resource.ts';
import { chooseVictims } from './choose-victims.ts';

/** A candidate by its id, when it was launched (null: its cloud does not tell), and its state. */
function aMember(externalId: string, launchedAt: number | null, machine: MachineState = 'RUNNING'): Resource {
  const details = {
    launchedAt,
    requestedAt: null,
    publicAddresses: [],
    privateAddresses: [],
    cloud: 'Simulated',
    region: 'north',
    size: 'small',
  };
  return { id: `res_${externalId}`, externalId, machine, details } as unknown as Resource;
}

function chosen(candidates: readonly Resource[], count: number, policy: VictimPolicy): (string | null)[] {
  return chooseVictims(candidates, { count, policy }).map(({ externalId }) => externalId);
}

const AGES = [aMember('b', 200), aMember('a', 100), aMember('c', 300)];
const NULLS = [aMember('a', 100), aMember('b', null), aMember('c', 300), aMember('d', null)];
const TIES = [aMember('b', 100), aMember('c', 100), aMember('a', 100)];
const REQUESTED = [
  aMember('b', 200),
  aMember('z', null, 'REQUESTED'),
  aMember('a', 100),
  aMember('y', null, 'REQUESTED'),
];
const PENDING = [aMember('b', 200, 'PENDING'), aMember('a', 300), aMember('c', null, 'PENDING')];

describe('victims of a pool that is kept in rounds (U11)', () => {
  test.each<[string, readonly Resource[], VictimPolicy, string]>([
    ['the latest launch first', AGES, 'newest', 'c b a'],
    ['the earliest launch first', AGES, 'oldest', 'a b c'],
    ['without a time: newest, the greater id first', NULLS, 'newest', 'd b c a'],
    ['without a time: youngest, so last, the smaller id first', NULLS, 'oldest', 'a c b d'],
    ['of equal times the greater id first', TIES, 'newest', 'c b a'],
    ['of equal times the smaller id first', TIES, 'oldest', 'a b c'],
    ['what is only requested first, as listed', REQUESTED, 'newest', 'z y b a'],
    ['what is only requested first, as listed', REQUESTED, 'oldest', 'z y a b'],
    ['what is pending is as what runs', PENDING, 'newest', 'c a b'],
    ['what is pending is as what runs', PENDING, 'oldest', 'b a c'],
  ])('%s, with %#', (_what, candidates, policy, order) => {
    const ids = order.split(' ');
    for (let count = 0; count <= ids.length; count += 1)
      expect(chosen(candidates, count, policy)).toEqual(ids.slice(0, count));
  });

  test('are all where there are too few, and none where none are wanted', () => {
    expect(chosen(AGES, 9, 'newest')).toHaveLength(3);
    expect(chosen(AGES, -1, 'newest')).toEqual([]);
  });

  test('are told apart by when they were made, where the provider tells no launch', () => {
    const known = (id: string, madeAt: number): Resource =>
      ({ id, externalId: id, machine: 'RUNNING', madeAt }) as unknown as Resource;
    expect(chosen([known('a', 2), known('b', 1)], 2, 'oldest')).toEqual(['b', 'a']);
  });
});
