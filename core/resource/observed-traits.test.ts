import { expect, test } from 'vitest';
import type { MachineDetails, Observation } from '../model/resource.ts';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { markResource } from './observed-traits.ts';
import { Transaction } from '../world/transaction.ts';

/** A pool of one member that is up; the clock has moved on since. */
function aMember(): { t: TestWorld; id: string } {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 });
  t.finishJobs();
  t.now += 1_000;
  const [id] = t.world.resourceIds;
  return { t, id: id as string };
}

function look(t: TestWorld, id: string, seen: Partial<Observation>, startedAt = t.now) {
  const observations = [{ ...observationOf(id), ...seen }];
  return t.decide({ type: 'observe', provider: 'maker', startedAt, observations });
}

const DETAILS: MachineDetails = {
  launchedAt: 7,
  requestedAt: null,
  publicAddresses: [],
  privateAddresses: ['10.0.0.7'],
  cloud: 'Simulated',
  region: 'north-1',
  size: 'small',
  metadata: { rack: { row: 4 } },
};
const blessed = { active: true, evictable: false };
const setApart = { active: false, evictable: false };

test('marks and details that a provider tells are taken over, and told again they change nothing (M1)', () => {
  const { t, id } = aMember();
  const seen = { details: DETAILS, marks: { membership: blessed, serviceState: 'IN_SERVICE' } } as const;
  expect(look(t, id, seen).reply.changed).toBe(1);
  expect(t.resource(id)).toMatchObject({ details: DETAILS, isEvictable: false, serviceState: 'IN_SERVICE' });
  expect(t.resource(id)).not.toHaveProperty('isActive');
  expect(look(t, id, structuredClone(seen)).changes).toEqual([]);
  expect(look(t, id, { details: { ...DETAILS, metadata: { rack: { row: 5 } } } }).reply.changed).toBe(1);
});

test('what a provider does not tell stays as it was said (M1)', () => {
  const { t, id } = aMember();
  look(t, id, { marks: { membership: setApart, serviceState: 'UNHEALTHY' }, details: DETAILS });
  look(t, id, { marks: {} });
  look(t, id, {});
  expect(t.resource(id)).toMatchObject({
    isActive: false,
    isEvictable: false,
    serviceState: 'UNHEALTHY',
    details: DETAILS,
  });
  look(t, id, { marks: { membership: blessed } });
  expect(t.resource(id)).toMatchObject({ isEvictable: false, serviceState: 'UNHEALTHY' });
  expect(t.resource(id)).not.toHaveProperty('isActive');
});

test('a list that was asked for before a client marked a machine does not take the mark back (M2)', () => {
  const { t, id } = aMember();
  const startedAt = t.now;
  t.now += 1_000;
  const tx = new Transaction(t.world, { now: t.now } as Transaction['context']);
  markResource(tx, t.resource(id), { membership: blessed });
  t.now += 1_000;
  look(t, id, { marks: { membership: { active: true, evictable: true } } }, startedAt);
  expect(t.resource(id).isEvictable).toBe(false);
  look(t, id, { marks: { membership: { active: true, evictable: true } } });
  expect(t.resource(id).isEvictable).toBe(true);
});

test('a machine that stops counting is set aside for no lease any more (M3)', () => {
  const { t, id } = aMember();
  t.request('ann', [{ pool: 'web', count: 2 }]);
  expect(t.resource(id).leaseId).not.toBeNull();
  look(t, id, { marks: { membership: setApart } });
  expect(t.resource(id)).toMatchObject({ isActive: false, leaseId: null, status: 'free' });
  look(t, id, { marks: { membership: { active: true, evictable: true } } });
  expect(t.resource(id).leaseId).not.toBeNull();
});
