import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { ACTED_ON_MAX } from './act-on-resources.ts';
import type { ActOnResources } from './act-on-resources.ts';
import { LOOKED_AT_MAX } from './find-resources.ts';
import type { ResourceQuery } from './find-resources.ts';

const EVERYTHING: ResourceQuery = {
  ids: null,
  pool: null,
  match: {},
  filter: null,
  status: null,
  isHeld: false,
  grant: null,
};

function act(query: Partial<ResourceQuery> = {}, more: Partial<ActOnResources> = {}): ActOnResources {
  return {
    type: 'actOnResources',
    action: 'quarantine',
    reason: 'smoke',
    query: { ...EVERYTHING, ...query },
    after: null,
    limit: 1_000,
    isDryRun: false,
    ...more,
  };
}

/** Two pools of boards, and a machine that is being made. */
function aWorld(): TestWorld {
  const t = new TestWorld();
  t.staticPool('boards', [{ arch: 'arm' }, { arch: 'x86' }]);
  t.staticPool('annex', [{ arch: 'arm' }]);
  t.sizedPool('web', { desired: 1 });
  return t;
}

function idOf(t: TestWorld, name: string): string {
  return [...t.world.resources.values()].find((resource) => resource.name === name)?.id as string;
}

/** The machine that is being made. */
function machineIn(t: TestWorld): string {
  return t.world.pools.get('web')?.members.first() as string;
}

describe('what is done to many (P22)', () => {
  test('is done to each, in the order of their ids, and says how it is then', () => {
    const t = aWorld();
    const { results, next } = t.do(act({ pool: 'boards' }));
    expect([results.map(({ name, pool, status, refusal }) => [name, pool, status, refusal]), next]).toEqual([
      [
        ['boards-1', 'boards', 'quarantined', null],
        ['boards-2', 'boards', 'quarantined', null],
      ],
      null,
    ]);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('one that refuses keeps no other from it, and leaves no trace of its own', () => {
    const t = aWorld();
    t.do({ type: 'actOnResource', resource: idOf(t, 'boards-1'), action: 'quarantine', reason: 'smoke' });
    const { reply, events } = t.decide(act({}, { action: 'retry' }));
    expect(reply.results.map(({ status, refusal }) => [status, refusal?.code])).toEqual([
      ['free', undefined],
      ['free', 'resource_transition_refused'],
      ['free', 'resource_transition_refused'],
      ['requested', 'resource_transition_refused'],
    ]);
    expect(events.map(({ type }) => type)).toEqual(['resource.resumed', 'resource.freed']);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('what a refusal had changed before it is taken back: a job that is dropped too soon stays', () => {
    const t = aWorld();
    const machine = machineIn(t);
    const job = t.world.jobOfResource.get(machine);
    expect(job).toBeDefined();
    const { changes } = t.decide(act({ pool: 'web' }));
    expect([changes, t.world.jobOfResource.get(machine)]).toEqual([[], job]);
  });

  test('what is leased is never taken: it goes when it comes back', () => {
    const t = aWorld();
    const lease = t.request('ann', 'annex');
    const { results } = t.do(act({ pool: 'annex' }, { action: 'retire' }));
    expect(results.map(({ status, refusal }) => [status, refusal])).toEqual([['leased', null]]);
    t.end(lease);
    t.finishJobs();
    expect(t.world.pools.get('annex')?.members.size).toBe(0);
  });
});

describe('which are meant', () => {
  test.each<[string, Partial<ResourceQuery>, string[]]>([
    ['those of a pool', { pool: 'annex' }, ['annex-1']],
    ['those with a label', { match: { arch: 'arm' } }, ['boards-1', 'annex-1']],
    [
      'those that a filter accepts',
      { filter: 'name.startsWith("boards") && labels.arch == "x86"' },
      ['boards-2'],
    ],
    ['those in a status', { status: 'free', pool: 'boards' }, ['boards-1', 'boards-2']],
    ['those in the grant', { grant: ['annex'] }, ['annex-1']],
    ['those that are held', { isHeld: true }, []],
  ])('%s', (_what, query, names) => {
    expect(
      aWorld()
        .do(act(query, { isDryRun: true }))
        .results.map(({ name }) => name),
    ).toEqual(names);
  });

  test('those that are named by id, each once, as far as everything else fits too', () => {
    const t = aWorld();
    const ids = [idOf(t, 'annex-1'), idOf(t, 'boards-2'), idOf(t, 'boards-2'), 'res_nope'];
    const named = (query: Partial<ResourceQuery>) =>
      t.do(act({ ids, ...query }, { isDryRun: true })).results.map(({ name }) => name);
    expect(named({})).toEqual(['boards-2', 'annex-1', null]);
    expect(named({ match: { arch: 'x86' } })).toEqual(['boards-2', null]);
    expect(named({ grant: ['annex'] })).toEqual(['annex-1', null, null]);
  });

  test('one that is not there, or that the caller may not see, refuses as what there is none of', () => {
    const t = aWorld();
    const query = { ids: [idOf(t, 'boards-1'), 'res_nope'], grant: ['annex'] };
    expect(t.do(act(query)).results.map(({ status, refusal }) => [status, refusal?.code])).toEqual([
      ['gone', 'resource_not_found'],
      ['gone', 'resource_not_found'],
    ]);
    expect(t.resource(idOf(t, 'boards-1')).status).toBe('free');
  });

  test('what is held is found, and goes on', () => {
    const t = aWorld();
    const machine = machineIn(t);
    t.do({ type: 'actOnResource', resource: machine, action: 'hold', reason: 'to look' });
    const { results } = t.do(act({ isHeld: true }, { action: 'retry' }));
    expect(results.map(({ id, refusal }) => [id, refusal])).toEqual([[machine, null]]);
    expect(t.resource(machine).hold).toBeNull();
  });

  test('a pool that is not there is refused', () => {
    expect(refusalOf(() => aWorld().do(act({ pool: 'nope' })))).toMatchObject({
      code: 'pool_not_found',
      at: '/pool',
    });
  });

  test('a filter that is none is refused before anything is done', () => {
    expect(refusalOf(() => aWorld().do(act({ filter: 'labels.' })))).toMatchObject({
      code: 'invalid_filter',
      at: '/filter',
    });
  });
});

describe('a dry run (P22)', () => {
  test('says what would be done and refused, and leaves no trace', () => {
    const t = aWorld();
    t.world.unsettledPools.add('boards');
    const before = [...t.world.resources.values()];
    const decision = t.decide(act({}, { isDryRun: true }));
    expect(decision.reply.results.map(({ status, refusal }) => [status, refusal === null])).toEqual([
      ['free', true],
      ['free', true],
      ['free', true],
      ['requested', false],
    ]);
    expect([decision.changes, decision.events]).toEqual([[], []]);
    expect([...t.world.resources.values()]).toEqual(before);
    expect([...t.world.unsettledPools]).toEqual(['boards']);
  });
});

describe('one decision (P22)', () => {
  test('acts on so many, and the next one goes on after them', () => {
    const t = new TestWorld();
    t.staticPool(
      'boards',
      Array.from({ length: ACTED_ON_MAX + 1 }, () => ({})),
    );
    const first = t.do(act());
    expect([first.results.length, first.next]).toEqual([ACTED_ON_MAX, first.results.at(-1)?.id]);
    const second = t.do(act({}, { after: first.next }));
    expect([second.results.map(({ name }) => name), second.next]).toEqual([
      [`boards-${ACTED_ON_MAX + 1}`],
      null,
    ]);
    expect(t.do(act({}, { limit: 2 })).results).toHaveLength(2);
  });

  test('looks at so many, also where few of them are meant', () => {
    const t = new TestWorld();
    t.staticPool(
      'boards',
      Array.from({ length: LOOKED_AT_MAX + 1 }, () => ({})),
    );
    const filter = `name == "boards-${LOOKED_AT_MAX + 1}"`;
    const first = t.do(act({ filter }));
    expect([first.results, first.next]).toEqual([
      [],
      t.world.resourceIds.last() === first.next ? null : first.next,
    ]);
    expect(t.do(act({ filter }, { after: first.next })).results).toHaveLength(1);
  });
});
