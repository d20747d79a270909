import { describe, expect, test } from 'vitest';
import type { DynamicSpec } from '../model/stage.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { StagedWorld } from '../testing/stage-builder.ts';
import { checkWorld } from '../world/check-world.ts';

const DYNAMIC: DynamicSpec = { min: 0, max: 4, lifespanMs: null, needs: {}, content: null };

function aWorld(dynamic: Partial<DynamicSpec> = {}, initial = 'free'): StagedWorld {
  const t = new StagedWorld();
  keep(t, dynamic, initial);
  return t;
}

function keep(t: StagedWorld, dynamic: Partial<DynamicSpec> = {}, initial = 'free'): void {
  t.stagedPool('dt', { initial, dynamic: { ...DYNAMIC, ...dynamic } });
}

/** What there is, in order of names that are the test's; `+` is one that was made. */
function shown(t: StagedWorld): string[] {
  expect(checkWorld(t.world)).toEqual([]);
  return [...t.world.stagedByName.keys()]
    .map((name) => `${/^dt-\d{6}$/.test(name) ? '+' : name} ${t.at(name)}`)
    .toSorted();
}

/** A member that is where the test says: `dt-1`, `dt-1: busy ann`, with the time that it has left where it is to have one. */
type Member = readonly [where: string, leftMs?: number];

function bring(t: StagedWorld, [where, leftMs]: Member): void {
  const [name = '', rest = 'free'] = where.split(': ');
  const [stage = '', holder] = rest.split(' ');
  keep(t, { lifespanMs: leftMs ?? null, max: 9 });
  t.register('dt', name);
  const taking = { stage: 'free', dest: stage, holder: holder ?? 'test', isAtomic: true };
  if (leftMs !== undefined || stage !== 'free') t.do({ type: 'takeNamed', names: [name], ...taking });
  if (leftMs !== undefined && holder !== undefined) {
    // What a holder has lives on as it was said when it last came back.
    t.put(name, 'free', holder);
    t.do({ type: 'takeNamed', names: [name], ...taking });
  }
  if (holder === undefined && (leftMs !== undefined || stage !== 'free')) t.put(name, stage, 'test');
}

describe('members come and go by themselves as Boskos has them (S7, S8)', () => {
  const PAST = 1;
  const LATER = 3_600_000;
  type Row = {
    readonly name: string;
    readonly before: readonly Member[];
    readonly min: number;
    readonly max: number;
    readonly after: readonly string[];
  };
  // What Boskos leaves at toBeDeleted for a cleaner has gone here: the cleaner's work is the server's.
  const ROWS: readonly Row[] = [
    { name: 'nothing of nothing', before: [], min: 0, max: 4, after: [] },
    { name: 'nothing to do', before: [['dt-1']], min: 1, max: 4, after: ['dt-1 free'] },
    {
      name: 'those go that have lived long enough, unless somebody has them',
      before: [
        ['dt-1', LATER],
        ['dt-2', PAST],
        ['dt-3: busy ann', PAST],
        ['dt-4: toBeDeleted', PAST],
      ],
      min: 1,
      max: 4,
      after: ['dt-1 free', 'dt-3 busy ann'],
    },
    { name: 'none where none is needed', before: [], min: 0, max: 4, after: [] },
    { name: 'some where some are needed', before: [], min: 2, max: 4, after: ['+ free', '+ free'] },
    {
      name: 'fewer where the most is less',
      before: [['dt-1'], ['dt-2'], ['dt-4: busy ann']],
      min: 1,
      max: 2,
      after: ['dt-1 free', 'dt-4 busy ann'],
    },
    {
      name: 'others in the place of those that go',
      before: [['dt-1'], ['dt-2: busy ann'], ['dt-3: toBeDeleted'], ['dt-4: tombstone']],
      min: 4,
      max: 8,
      after: ['+ free', '+ free', 'dt-1 free', 'dt-2 busy ann'],
    },
    {
      name: 'none that somebody has, whatever the most',
      before: [['dt-1'], ['dt-2: busy ann'], ['dt-3: busy ann'], ['dt-4: busy ann']],
      min: 1,
      max: 2,
      after: ['dt-2 busy ann', 'dt-3 busy ann', 'dt-4 busy ann'],
    },
    {
      name: 'all that nobody has, where there are to be none',
      before: [['dt-1'], ['dt-2'], ['dt-3: tombstone'], ['dt-4: busy ann']],
      min: 0,
      max: 0,
      after: ['dt-4 busy ann'],
    },
    { name: 'none of none', before: [], min: 0, max: 0, after: [] },
    { name: 'no tombstones', before: [['dt-1: tombstone'], ['dt-3: tombstone']], min: 0, max: 0, after: [] },
  ];

  test.each(ROWS)('$name', ({ before, min, max, after }) => {
    const t = aWorld();
    for (const member of before) bring(t, member);
    keep(t, { min, max });
    t.now += 1_000;
    t.do({ type: 'tick' });
    expect(shown(t)).toEqual(after);
  });
});

describe('a request that waits', () => {
  const ask = (t: StagedWorld, request: string | null) => t.take('dt', { request }).result;

  test('has a member made when it is new, and is not given it at once', () => {
    const t = aWorld({ max: 2 }, 'dirty');
    expect([ask(t, 'r1'), ask(t, 'r1'), ask(t, 'r2'), ask(t, 'r3')]).toEqual([
      'none',
      'none',
      'none',
      'none',
    ]);
    expect(shown(t)).toEqual(['+ dirty', '+ dirty']);
  });

  test('finds what was made for it when it asks again', () => {
    const t = aWorld();
    expect([ask(t, 'r1'), ask(t, 'r1')]).toEqual(['none', 'taken']);
  });

  test('and without an id has nothing made', () => {
    expect(ask(aWorld(), null)).toBe('empty');
  });
});

describe('a member that has lived long enough', () => {
  test('counts from each time that it comes back', () => {
    const t = aWorld({ min: 1, max: 1, lifespanMs: 1_000 });
    const [name = ''] = [...t.world.stagedByName.keys()];
    for (let n = 0; n < 3; n += 1) {
      t.take('dt');
      t.now += 5_000;
      t.do({ type: 'tick' });
      t.put(name, 'free');
      t.now += 900;
      t.do({ type: 'tick' });
    }
    expect(t.at(name)).toBe('free');
    t.now += 100;
    t.do({ type: 'tick' });
    expect([t.at(name), t.world.stagedByName.size]).toEqual(['gone', 1]);
  });

  test('stays where its pool says no longer that they go', () => {
    const t = aWorld({ min: 1, max: 1, lifespanMs: 1_000 });
    const [name = ''] = [...t.world.stagedByName.keys()];
    t.take('dt');
    t.put(name, 'free');
    t.stagedPool('dt');
    t.now += 1_000;
    t.do({ type: 'tick' });
    expect(t.at(name)).toBe('free');
    expect(t.do({ type: 'tick' })).toEqual({ handled: 0 });
  });
});

describe('what a member was put together from', () => {
  /** A cluster of one machine, which stands at the cluster's name. */
  function aCluster(cleans: boolean): StagedWorld {
    const t = new StagedWorld();
    t.workflow('wipe', [{ name: 'erase' }]);
    t.stagedPool('vm', {}, cleans ? { on: { release: { clean: 'wipe' } } } : {});
    t.stagedPool('cluster', { dynamic: { ...DYNAMIC, max: 1, needs: { vm: 1 } } });
    t.register('vm', 'v1', 'c1');
    t.register('vm', 'v2', 'c2');
    t.register('cluster', 'c1');
    return t;
  }

  test.each([
    [false, 'dirty'],
    [true, 'cleaning'],
  ])('comes back dirty when it goes (cleaned by its pool: %s)', (cleans, stage) => {
    const t = aCluster(cleans);
    t.take('cluster');
    t.put('c1', 'toBeDeleted');
    expect([t.at('c1'), t.at('v1'), t.at('v2')]).toEqual(['gone', stage, 'c2']);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('stays with who has it', () => {
    const t = aCluster(false);
    t.do({ type: 'takeNamed', names: ['v1'], stage: 'c1', dest: 'busy', holder: 'bob', isAtomic: true });
    t.take('cluster');
    t.put('c1', 'toBeDeleted');
    expect([t.at('c1'), t.at('v1')]).toEqual(['gone', 'busy bob']);
  });
});

test('a pool with stages that is removed gives up what stands anywhere, and goes with the last that comes back', () => {
  const t = aWorld({ min: 2, max: 3 });
  t.register('dt', 'p1', 'parked');
  t.take('dt', { stage: 'parked', request: 'r1', holder: 'bob' });
  t.take('dt', { stage: 'nowhere', request: 'r1' });
  t.do({ type: 'removePool', name: 'dt' });
  expect([shown(t), t.world.waiters.size]).toEqual([['p1 busy bob'], 0]);
  expect(t.taken('dt', { stage: 'parked' })).toBe('none');
  t.put('p1', 'free', 'bob');
  expect([t.world.pools.has('dt'), t.world.poolOfType.size]).toEqual([false, 0]);
});

describe('stages that a pool cannot have are refused where they stand', () => {
  const DYN = { dynamic: DYNAMIC };
  test.each([
    ['/on/allocate', {}, { on: { allocate: { addParams: { a: 1 } } } }],
    ['/stages/initial', { initial: '' }, {}],
    ['/stages/initial', { ...DYN, initial: 'tombstone' }, {}],
    ['/stages/silence', { silenceMs: 0 }, {}],
    ['/stages/type', { type: 'taken' }, {}],
    ['/stages/dynamic/min', { dynamic: { ...DYNAMIC, min: 5 } }, {}],
    ['/stages/dynamic/max', { dynamic: { ...DYNAMIC, max: -1 } }, {}],
    ['/stages/dynamic/lifespan', { dynamic: { ...DYNAMIC, lifespanMs: 0 } }, {}],
    ['/stages/dynamic/needs/x', { dynamic: { ...DYNAMIC, needs: { x: -1 } } }, {}],
    ['/stages/dynamic', DYN, { provider: 'maker', size: { desired: 1 }, template: {} }],
    ['/recycle', {}, { provider: 'maker', size: { desired: 1 }, template: {}, recycle: 'replace' }],
    ['/split', {}, { provider: 'maker', size: { desired: 1 }, template: {}, split: [] }],
  ] as const)('%s', (at, stages, spec) => {
    const t = new StagedWorld();
    t.stagedPool('taken');
    expect(refusalOf(() => t.stagedPool('p', stages, spec)).at).toBe(at);
  });

  test('and so is taking them away while somebody needs them', () => {
    const t = aWorld();
    t.register('dt', 'p1', 'parked');
    const unstage = () => t.do({ type: 'putPool', name: 'dt', merge: false, spec: { provider: 'hand' } });
    expect(refusalOf(unstage).at).toBe('/stages');
    t.take('dt', { stage: 'parked' });
    expect(refusalOf(unstage).at).toBe('/stages');
    t.put('p1', 'free');
    t.take('dt', { stage: 'nowhere', request: 'r1' });
    unstage();
    expect([t.world.waiters.size, t.world.stagedByName.size]).toEqual([0, 0]);
    expect(checkWorld(t.world)).toEqual([]);
  });
});

test('members that a provider makes are handed over by stage too, and destroyed when they go', () => {
  const t = new StagedWorld();
  t.stagedPool('made', {}, { provider: 'maker', size: { desired: 1 }, template: {} });
  t.finishJobs();
  const name = t.taken('made');
  const id = t.member(name)?.id ?? '';
  t.do({ type: 'actOnResource', resource: id, action: 'retire', reason: 'test' });
  t.put(name, 'free');
  expect(t.resource(id).status).toBe('exiting');
  t.finishJobs();
  expect([t.world.resources.has(id), t.world.stagedByName.size]).toEqual([false, 1]);
  expect(checkWorld(t.world)).toEqual([]);
});
