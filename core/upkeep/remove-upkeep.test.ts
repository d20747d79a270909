import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import {
  aConfigureUpkeep,
  anUpkeep,
  look,
  membersOf,
  settleRounds,
  upkeepOf,
} from '../testing/upkeep-builder.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { createWorld, DOCUMENT_KINDS, putDocument } from '../world/world.ts';
import { decide } from '../decide.ts';
import { PLAIN_SEAL } from '../testing/plain-seal.ts';
import { secretOfUpkeep } from './names.ts';

function aPool(size: number): TestWorld {
  const t = new TestWorld();
  anUpkeep(t);
  t.do({ type: 'setSize', pool: 'web', desired: size });
  settleRounds(t);
  t.now += 1_000;
  return t;
}

function isForgotten(t: TestWorld): boolean {
  const { upkeeps, pools, providers, secrets } = t.world;
  const all = [
    upkeeps.has('web'),
    pools.has('web'),
    providers.has('web'),
    secrets.has(secretOfUpkeep('web')),
  ];
  if (all.includes(true) && all.includes(false)) throw new Error(`a part of it is left: ${all.join(', ')}`);
  return !all.includes(true);
}

describe('an upkeep that is removed (U16)', () => {
  test('goes with its pool, provider and secret, and its machines are asked nothing', () => {
    const t = aPool(2);
    const { events, reply } = t.decide({ type: 'removeUpkeep', name: 'web' });
    expect(reply.status).toBe('removing');
    expect(events.map(({ type }) => type)).toEqual([
      'upkeep.removing',
      'pool.removing',
      'resource.gone',
      'resource.gone',
      'pool.removed',
      'provider.removed',
      'secret.removed',
      'upkeep.removed',
    ]);
    expect(events[2]?.data).toMatchObject({ how: 'forgotten', externalId: expect.any(String) });
    expect([isForgotten(t), t.world.resources.size, t.world.jobs.size]).toEqual([true, 0, 0]);
    t.do({ type: 'createUpkeep', name: 'web' });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('before it was configured goes at once, and one that is not there is refused', () => {
    const t = new TestWorld();
    t.do({ type: 'createUpkeep', name: 'web' });
    const { events } = t.decide({ type: 'removeUpkeep', name: 'web' });
    expect([events.map(({ type }) => type), t.world.upkeeps.size]).toEqual([['upkeep.removed'], 0]);
    expect(refusalOf(() => t.do({ type: 'removeUpkeep', name: 'web' })).code).toBe('upkeep_not_found');
  });

  test('waits for what is under way, and is there for nobody meanwhile', () => {
    const t = aPool(1);
    t.do({ type: 'setSize', pool: 'web', desired: 3 });
    look(t);
    t.do({ type: 'removeUpkeep', name: 'web' });
    expect(upkeepOf(t)).toMatchObject({ status: 'removing', look: null, round: null, nextRoundAt: null });
    expect(t.decide({ type: 'removeUpkeep', name: 'web' }).changes).toEqual([]);
    const refused = (act: () => unknown) => refusalOf(act).code;
    expect([
      refused(() => t.do({ type: 'createUpkeep', name: 'web' })),
      refused(() => t.do({ type: 'startUpkeep', name: 'web' })),
      refused(() => t.do(aConfigureUpkeep('web'))),
      refused(() => t.do({ type: 'setSize', pool: 'web', desired: 1 })),
    ]).toEqual(['upkeep_exists', 'upkeep_not_found', 'upkeep_not_found', 'upkeep_stopped']);
    const [one, two] = [...t.world.jobs.values()];
    const failed = { result: 'failed', reason: 'transient', error: 'no' } as const;
    t.do({ type: 'finishJob', job: one?.id as string, outcome: failed });
    expect(isForgotten(t)).toBe(false);
    t.do({ type: 'finishJob', job: two?.id as string, outcome: failed });
    expect([isForgotten(t), t.world.resources.size]).toEqual([true, 0]);
  });

  test('does not wait for the end of a machine that its cloud refuses it', () => {
    const t = aPool(1);
    const [member] = membersOf(t);
    t.do({ type: 'actOnResource', resource: member?.id as string, action: 'retire', reason: 'test' });
    t.do({ type: 'removeUpkeep', name: 'web' });
    expect(isForgotten(t)).toBe(false);
    const [job] = t.world.jobs.keys();
    const outcome = { result: 'failed', reason: 'transient', error: 'the cloud is down' } as const;
    const { events } = t.decide({ type: 'finishJob', job: job as string, outcome });
    expect(isForgotten(t)).toBe(true);
    expect(events.find(({ type }) => type === 'resource.gone')?.data).toMatchObject({ how: 'forgotten' });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('waits for what is leased, which lives on when it comes back; who waits is let go', () => {
    const t = aPool(1);
    const lease = t.request('ann', 'web');
    const waiting = t.request('bob', 'web');
    t.do({ type: 'removeUpkeep', name: 'web' });
    expect([t.held(lease).length, t.world.leases.has(waiting.id), isForgotten(t)]).toEqual([1, false, false]);
    const { events } = t.decide({ type: 'endLease', lease: lease.id, asHolder: null });
    expect(events.map(({ type }) => type)).toContain('resource.gone');
    expect(events.map(({ type }) => type)).not.toContain('resource.exiting');
    expect(isForgotten(t)).toBe(true);
  });

  test('is refused while other pools hang under its pool', () => {
    const t = aPool(0);
    t.sizedPool('below', { desired: 0 }, { parent: 'web' });
    expect(refusalOf(() => t.do({ type: 'removeUpkeep', name: 'web' })).code).toBe('pool_has_children');
  });

  test('is refused while another pool divides its size over its pool', () => {
    const t = aPool(0);
    t.sizedPool('all', { desired: 2 }, { split: [{ pool: 'web', weight: 1 }] });
    expect(refusalOf(() => t.do({ type: 'removeUpkeep', name: 'web' }))).toMatchObject({
      code: 'pool_has_children',
    });
    t.do({ type: 'removePool', name: 'all' });
    t.do({ type: 'removeUpkeep', name: 'web' });
    expect(isForgotten(t)).toBe(true);
  });

  test('forgets its members in steps, and goes on where a restart interrupted it', () => {
    const t = aPool(1_100);
    t.do({ type: 'removeUpkeep', name: 'web' });
    expect([t.world.resources.size, isForgotten(t)]).toEqual([600, false]);
    const again = restarted(t);
    for (let tick = 0; tick < 2; tick += 1) again.tick();
    expect([again.world.resources.size, again.world.upkeeps.size, again.world.pools.size]).toEqual([0, 0, 0]);
    expect(checkWorld(again.world)).toEqual([]);
    expect(membersOf(t)).toHaveLength(600);
  });
});

/** The same documents in another world, as after a restart. */
function restarted({ world, now }: TestWorld) {
  const fresh = createWorld();
  for (const kind of DOCUMENT_KINDS) {
    const all =
      kind === 'pool' ? [...world.pools].map(([id, { pool }]) => [id, pool] as const) : world[`${kind}s`];
    for (const [id, document] of all) putDocument(fresh, kind, id, document as never);
  }
  Object.assign(fresh.meta, world.meta);
  const context = { now, ...PLAIN_SEAL, newId: (prefix: string) => `${prefix}_x`, random: () => 0.5 };
  return { world: fresh, tick: () => decide(fresh, { type: 'tick' }, context) };
}
