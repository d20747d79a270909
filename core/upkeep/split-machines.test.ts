import { describe, expect, test } from 'vitest';
import type { JobOutcome } from '../model/job.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { KEEPER, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { putDocument } from '../world/world.ts';
import type { MemberAsk } from './ask-member.ts';

const TERMINATE: MemberAsk = { do: 'terminate', lowersSize: true };
const DETACH: MemberAsk = { do: 'detach', lowersSize: true };

/** web divides five over near (3) and far (2), whose machines are up. */
function aSplit(): TestWorld {
  const t = new TestWorld();
  putDocument(t.world, 'provider', KEEPER.name, KEEPER);
  for (const name of ['near', 'far']) t.sizedPool(name, { desired: 0 }, { provider: KEEPER.name });
  t.sizedPool('web', { desired: 5 }, { provider: KEEPER.name, split: weights(60, 40) });
  t.finishJobs();
  return t;
}

const weights = (near: number, far: number) => [
  { pool: 'near', weight: near },
  { pool: 'far', weight: far },
];

/** Of the whole and of its parts. */
const sizesOf = (t: TestWorld): unknown[] =>
  ['web', 'near', 'far'].map((name) => {
    const size = t.world.pools.get(name)?.pool.size;
    return size && 'desired' in size ? size.desired : null;
  });

const machinesOf = (t: TestWorld, pool: string): string[] =>
  [...t.world.resources.values()].flatMap((resource) =>
    resource.pool === pool && resource.status === 'free' ? [resource.externalId as string] : [],
  );

function ask(t: TestWorld, pool: string, machine: string, what: MemberAsk, outcome: JobOutcome): void {
  const { reply } = t.decide({ type: 'askMember', pool, machine, ask: what });
  t.decide({ type: 'finishJob', job: reply.job as string, outcome });
}

describe('a machine that a client takes away or in changes the whole and its part alike (P24)', () => {
  test.each([
    ['terminate', TERMINATE, { result: 'gone' }],
    ['detach', DETACH, { result: 'done' }],
  ] as const)('%s with its place in the size: no other machine goes or comes', (_what, what, outcome) => {
    const t = aSplit();
    const [near, far] = [machinesOf(t, 'near'), machinesOf(t, 'far')];
    ask(t, 'far', far[0] as string, what, outcome);
    t.finishJobs();
    expect(sizesOf(t)).toEqual([4, 3, 1]);
    expect([machinesOf(t, 'near'), machinesOf(t, 'far')]).toEqual([near, far.slice(1)]);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('an attempt that fails gives both back', () => {
    const t = aSplit();
    const [machine = ''] = machinesOf(t, 'far');
    ask(t, 'far', machine, DETACH, { result: 'failed', reason: 'transient', error: 'the cloud is away' });
    expect(sizesOf(t)).toEqual([5, 3, 2]);
  });

  test('attach', () => {
    const t = aSplit();
    const [near, far] = [machinesOf(t, 'near'), machinesOf(t, 'far')];
    const { reply } = t.decide({ type: 'askMember', pool: 'far', machine: 'lone-1', ask: { do: 'attach' } });
    const observation = {
      resource: reply.resource,
      externalId: 'lone-1',
      machine: 'RUNNING',
      liveness: 'LIVE',
      addresses: [],
      endpoints: {},
    } as const;
    t.decide({ type: 'finishJob', job: reply.job as string, outcome: { result: 'created', observation } });
    t.finishJobs();
    expect(sizesOf(t)).toEqual([6, 3, 3]);
    expect([machinesOf(t, 'near'), machinesOf(t, 'far')]).toEqual([near, [...far, 'lone-1']]);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('another size, or other weights, divide anew', () => {
    const t = aSplit();
    ask(t, 'far', machinesOf(t, 'far')[0] as string, TERMINATE, { result: 'gone' });
    t.do({ type: 'setSize', pool: 'web', desired: 5 });
    expect(sizesOf(t)).toEqual([5, 3, 2]);
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { split: weights(40, 60) } });
    expect(sizesOf(t)).toEqual([5, 2, 3]);
  });
});

test('the whole takes in no machine itself, since it has none', () => {
  const t = aSplit();
  const refused = refusalOf(() =>
    t.decide({ type: 'askMember', pool: 'web', machine: 'lone-1', ask: { do: 'attach' } }),
  );
  expect(refused).toMatchObject({ code: 'not_offered', message: expect.stringContaining('near, far') });
});
