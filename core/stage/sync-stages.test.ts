import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { StagedWorld } from '../testing/stage-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import type { ConfiguredType } from './sync-stages.ts';

function aType(type: string, more: Partial<ConfiguredType> = {}): ConfiguredType {
  return { pool: type, type, initial: 'free', names: [], ...more };
}
const DYNAMIC = { min: 1, max: 2, lifespanMs: null, needs: {}, content: null };
function dynamic(type: string, more: Partial<typeof DYNAMIC> = {}): ConfiguredType {
  return aType(type, { initial: 'dirty', dynamic: { ...DYNAMIC, ...more } });
}
function sync(t: StagedWorld, ...types: ConfiguredType[]) {
  const reply = t.do({ type: 'syncStages', provider: 'hand', types });
  expect(checkWorld(t.world)).toEqual([]);
  return reply;
}
/** Every member, as `pool/name at stage holder`. */
function all(t: StagedWorld): string[] {
  return [...t.world.stagedByName.keys()]
    .map((name) => `${t.member(name)?.pool}/${name} at ${t.at(name)}`)
    .toSorted();
}

describe('a configuration of stages (S9)', () => {
  test('makes pools and their members at the stage where they begin', () => {
    const t = new StagedWorld();
    const reply = sync(
      t,
      aType('a', { names: ['a1', 'a2'] }),
      aType('b', { initial: 'dirty', names: ['b1'] }),
    );
    expect(reply).toEqual({ added: ['a1', 'a2', 'b1'], removed: [], waiting: [] });
    expect(all(t)).toEqual(['a/a1 at free', 'a/a2 at free', 'b/b1 at dirty']);
  });

  test('again changes nothing', () => {
    const t = new StagedWorld();
    const types = [aType('a', { names: ['a1'] }), dynamic('d')];
    sync(t, ...types);
    const again = t.decide({ type: 'syncStages', provider: 'hand', types });
    expect([again.changes, again.events]).toEqual([[], []]);
  });
});

/** What there is before: `name` or `name: stage` or `name: stage holder`, by the type that has it. */
type Before = Readonly<Record<string, readonly string[]>>;

function aWorld(before: Before, dynamics: readonly ConfiguredType[] = []): StagedWorld {
  const t = new StagedWorld();
  const types = Object.entries(before).map(([type, members]) => {
    const known = dynamics.find((one) => one.type === type);
    // All are registered as static ones first, so that names are the test's.
    return { known, type: aType(type, { names: members.map((member) => member.split(':')[0] as string) }) };
  });
  sync(t, ...types.map(({ type }) => type));
  const bare = dynamics.filter(({ type }) => before[type] === undefined);
  for (const members of Object.values(before)) for (const member of members) bring(t, member);
  const dynamicOnes = types.map(({ known, type }) => known ?? type);
  if (dynamics.length > 0) t.do({ type: 'syncStages', provider: 'hand', types: [...dynamicOnes, ...bare] });
  return t;
}

/** Takes a member that was registered free to where the test says it is. */
function bring(t: StagedWorld, member: string): void {
  const [name = '', where] = member.split(': ');
  if (where === undefined) return;
  const [stage = '', holder] = where.split(' ');
  t.do({
    type: 'takeNamed',
    names: [name],
    stage: 'free',
    dest: stage,
    holder: holder ?? 'test',
    isAtomic: true,
  });
  if (holder === undefined) t.put(name, stage, 'test');
}

/** Members that came and go by themselves have names that nobody said. */
function shown(t: StagedWorld): string[] {
  return all(t)
    .map((member) => member.replace(/\/([a-z0-9]+)-\d{6} /, '/new '))
    .toSorted();
}

describe('synchronising stages by the rules of Boskos (S9)', () => {
  const free = { initial: 'free' };
  const min = (least: number, most: number) => ({ dynamic: { ...DYNAMIC, min: least, max: most } });
  const dt = (least: number, most: number, type = 'dt') => aType(type, { ...free, ...min(least, most) });
  type Row = {
    readonly name: string;
    readonly before: Before;
    readonly was?: readonly ConfiguredType[];
    readonly config: readonly ConfiguredType[];
    readonly after: readonly string[];
    readonly waiting?: readonly string[];
  };
  // Where Boskos shows what goes as toBeDeleted until its cleaner has done its work, ours has gone already.
  const ROWS: readonly Row[] = [
    {
      name: 'members that a type had stay when they come and go by themselves',
      before: { t: ['res-1'], mason: ['dt-1', 'dt-2'] },
      config: [aType('t', { names: ['res-1'] }), dt(2, 4, 'mason')],
      after: ['mason/dt-1 at free', 'mason/dt-2 at free', 't/res-1 at free'],
    },
    { name: 'nothing is made of nothing', before: {}, config: [], after: [] },
    {
      name: 'names are added',
      before: { t: ['res-1'] },
      config: [aType('t', { names: ['res-1', 'res-2'] }), dt(1, 2)],
      after: ['dt/new at free', 't/res-1 at free', 't/res-2 at free'],
    },
    {
      name: 'what is as it is said stays as it is',
      before: { t: ['res-1: dirty'], dt: ['dt-1: busy ann'] },
      was: [dt(1, 2)],
      config: [aType('t', { names: ['res-1'] }), dt(1, 2)],
      after: ['dt/dt-1 at busy ann', 't/res-1 at dirty'],
    },
    {
      name: 'what nobody has goes with its type, whatever its stage',
      before: { t: ['res: dirty'], dt: ['dt-1'] },
      was: [dt(1, 2)],
      config: [],
      after: [],
    },
    {
      name: 'a type without members goes at once',
      before: {},
      was: [dt(0, 2)],
      config: [],
      after: [],
    },
    {
      name: 'what somebody has stays until it comes back',
      before: { t: ['res: busy ann'], dt: ['dt-1: busy ann'] },
      was: [dt(1, 2)],
      config: [],
      after: ['dt/dt-1 at busy ann', 't/res at busy ann'],
      waiting: ['dt-1', 'res'],
    },
    {
      name: 'names are added and taken away',
      before: { t: ['res-1: tombstone'], dt: ['dt-2', 'dt-3'] },
      was: [dt(1, 3)],
      config: [aType('t', { names: ['res-2'] }), dt(1, 2), dt(1, 2, 'dt2')],
      after: ['dt/dt-2 at free', 'dt/dt-3 at free', 'dt2/new at free', 't/res-2 at free'],
    },
    {
      name: 'names are added, and those taken away that somebody has wait',
      before: { t: ['res-1: busy ann'], dt: ['dt-1', 'dt-3: busy ann'] },
      was: [dt(1, 3)],
      config: [aType('t', { names: ['res-2'] }), dt(1, 2), dt(1, 2, 'dt2')],
      after: [
        'dt/dt-1 at free',
        'dt/dt-3 at busy ann',
        'dt2/new at free',
        't/res-1 at busy ann',
        't/res-2 at free',
      ],
      waiting: ['res-1'],
    },
    {
      name: 'types come beside others',
      before: { t: ['res-1: tombstone'] },
      config: [aType('t', { names: ['res-2'] }), aType('t2', { names: ['res-3'] })],
      after: ['t/res-2 at free', 't2/res-3 at free'],
    },
    {
      name: 'of more than the most those go that nobody has, the highest name first',
      before: { dt: ['dt-1', 'dt-2', 'dt-3'] },
      was: [dt(1, 6)],
      config: [dt(1, 1)],
      after: ['dt/dt-1 at free'],
    },
    {
      name: 'what somebody has is never too many',
      before: { dt: ['dt-1', 'dt-2: busy ann', 'dt-3: busy ann', 'dt-4: busy ann'] },
      was: [dt(1, 6)],
      config: [dt(1, 2)],
      after: ['dt/dt-2 at busy ann', 'dt/dt-3 at busy ann', 'dt/dt-4 at busy ann'],
    },
    {
      name: 'members are made up to the least',
      before: { dt: ['dt-1', 'dt-2: busy ann'] },
      was: [dt(1, 6)],
      config: [dt(4, 6)],
      after: ['dt/dt-1 at free', 'dt/dt-2 at busy ann', 'dt/new at free', 'dt/new at free'],
    },
    {
      name: 'a type that comes to be dynamic takes over what it had, and makes the rest',
      before: { t: ['t-0', 't-1'] },
      config: [dt(3, 3, 't')],
      after: ['t/new at free', 't/t-0 at free', 't/t-1 at free'],
    },
    {
      name: 'a type that comes to be static keeps what it names',
      before: { t: ['t-0', 't-1', 'x-2', 'x-3: busy ann'] },
      was: [dt(4, 4, 't')],
      config: [aType('t', { names: ['t-0', 't-1'] })],
      after: ['t/t-0 at free', 't/t-1 at free', 't/x-3 at busy ann'],
      waiting: ['x-3'],
    },
    {
      name: 'a name that moves to another type is made there anew',
      before: { a: ['x: dirty', 'y'], b: ['z'] },
      config: [aType('a', { names: ['y'] }), aType('b', { names: ['x', 'z'] })],
      after: ['a/y at free', 'b/x at free', 'b/z at free'],
    },
    {
      name: 'also when its type goes',
      before: { a: ['x'], b: ['z'] },
      config: [aType('b', { names: ['x', 'z'] })],
      after: ['b/x at free', 'b/z at free'],
    },
    {
      name: 'or, while somebody has it, not yet',
      before: { a: ['x: busy ann'], b: ['z'] },
      config: [aType('a'), aType('b', { names: ['x', 'z'] })],
      after: ['a/x at busy ann', 'b/z at free'],
      waiting: ['x'],
    },
  ];

  test.each(ROWS)('$name', ({ before, was = [], config, after, waiting = [] }) => {
    const t = aWorld(before, was);
    expect(sync(t, ...config).waiting).toEqual(waiting);
    expect(shown(t)).toEqual(after.toSorted());
    // Once more it comes to the same.
    sync(t, ...config);
    expect(shown(t)).toEqual(after.toSorted());
  });
});

describe('what waits for its return', () => {
  test('goes when it comes back, and its type with the last', () => {
    const t = aWorld({ a: ['x: busy ann', 'y: busy ann'] });
    sync(t);
    t.put('x', 'free');
    expect([t.at('x'), t.world.pools.has('a')]).toEqual(['gone', true]);
    t.put('y', 'dirty');
    expect([t.at('y'), t.world.pools.has('a')]).toEqual(['gone', false]);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('stays when it is named again in time, also where its type had gone', () => {
    const t = aWorld({ a: ['x: busy ann'] });
    sync(t);
    expect(sync(t, aType('a', { names: ['x'] })).waiting).toEqual([]);
    t.put('x', 'dirty');
    expect([t.at('x'), t.world.pools.get('a')?.pool.status]).toEqual(['dirty', 'open']);
  });

  test('is made in its new place as soon as it is gone, where it begins', () => {
    const t = aWorld({ a: ['x: busy ann'] });
    const config = [aType('a'), aType('b', { names: ['x'], initial: 'dirty' })];
    expect([sync(t, ...config).waiting, sync(t, ...config).waiting]).toEqual([['x'], ['x']]);
    expect(t.decide({ type: 'syncStages', provider: 'hand', types: config }).changes).toEqual([]);
    t.put('x', 'free');
    expect(all(t)).toEqual(['b/x at dirty']);
    expect(checkWorld(t.world)).toEqual([]);
    expect(sync(t, ...config)).toEqual({ added: [], removed: [], waiting: [] });
  });

  test('also where its type goes with it, and where its holder is silent for too long', () => {
    const t = aWorld({ a: ['x: busy ann'] });
    sync(t, aType('b', { names: ['x'] }));
    t.do({ type: 'takeAwaySilent', pool: 'a', stage: 'busy', dest: 'dirty', silentMs: 0 });
    expect([all(t), t.world.pools.has('a')]).toEqual([['b/x at free'], false]);
  });

  test('is made nowhere where a later configuration names it there no more, or its pool is gone', () => {
    const t = aWorld({ a: ['x: busy ann', 'y: busy ann'] });
    sync(t, aType('b', { names: ['x'] }), aType('c', { names: ['y'] }));
    sync(t, aType('a'), aType('c', { names: ['y'] }));
    t.do({ type: 'removePool', name: 'c' });
    t.put('x', 'free');
    t.put('y', 'free');
    expect(all(t)).toEqual([]);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('stays where it is when it is named there again', () => {
    const t = aWorld({ a: ['x: busy ann'] });
    sync(t, aType('a'), aType('b', { names: ['x'] }));
    sync(t, aType('a', { names: ['x'] }), aType('b'));
    t.put('x', 'free');
    expect(all(t)).toEqual(['a/x at free']);
  });

  test('leaves also a type that comes to be dynamic and would keep it', () => {
    const t = aWorld({ a: ['x', 'y: busy ann'] });
    sync(t, dynamic('a', { min: 0, max: 3 }), aType('b', { names: ['x', 'y'] }));
    expect(all(t)).toEqual(['a/y at busy ann', 'b/x at free']);
    t.put('y', 'free');
    expect(all(t)).toEqual(['b/x at free', 'b/y at free']);
  });
});

describe('what a configuration says of a type', () => {
  test('is all of it: what it leaves out is said no more', () => {
    const t = new StagedWorld();
    sync(t, { ...dynamic('d'), silenceMs: 1_000, isRepeatable: true });
    sync(t, aType('d', { initial: 'dirty' }));
    expect(t.world.pools.get('d')?.pool.stages).toEqual({ type: 'd', initial: 'dirty' });
  });

  test('may be that it needs none of another', () => {
    const t = new StagedWorld();
    sync(t, aType('x'), aType('d', { dynamic: { ...DYNAMIC, needs: { x: 0 } } }));
    expect(t.world.pools.get('d')?.pool.stages?.dynamic?.needs).toEqual({ x: 0 });
  });

  test.each([
    [{ dynamic: { ...DYNAMIC, needs: { x: -1 } } }, '/types/1/stages/dynamic/needs/x', 'needs of "x"'],
    [{ dynamic: { ...DYNAMIC, min: 3 } }, '/types/1/stages/dynamic/min', 'min is at most max (2)'],
    [{ initial: '' }, '/types/1/stages/initial', 'initial'],
    [{ type: 'fine' }, '/types/1/stages/type', 'pool "fine" is the one of type "fine"'],
  ])('is refused with the type and the member that is wrong: %j', (wrong, pointer, words) => {
    const t = new StagedWorld();
    const refused = refusalOf(() => sync(t, aType('fine'), aType('bad', wrong)));
    const type = 'type' in wrong ? 'fine' : 'bad';
    expect(refused.message).toContain(`type "${type}": `);
    expect(refused.message).toContain(words);
    expect(refused.at).toBe(pointer);
    expect(t.world.pools.size).toBe(0);
  });

  test('is where single members begin, whatever they are called', () => {
    const t = new StagedWorld();
    sync(t, aType('a', { names: ['constructor', 'x'], initialOf: { x: 'dirty' } }));
    expect(all(t)).toEqual(['a/constructor at free', 'a/x at dirty']);
  });

  test('names each member once over all types', () => {
    const t = new StagedWorld();
    const refused = refusalOf(() => sync(t, aType('a', { names: ['x'] }), aType('b', { names: ['x'] })));
    expect(refused.message).toBe('type "b" names member "x", which type "a" names too');
  });
});

describe('pools that no such configuration made', () => {
  test('stay, and so do members that it does not name', () => {
    const t = new StagedWorld();
    t.stagedPool('mine', { type: 'm' });
    t.register('mine', 'm1');
    sync(t, aType('m', { pool: 'mine', initial: 'dirty', names: ['m2'] }));
    expect(all(t)).toEqual(['mine/m1 at free', 'mine/m2 at dirty']);
    sync(t);
    expect(all(t)).toEqual(['mine/m1 at free', 'mine/m2 at dirty']);
  });

  test('keep their names to themselves: the whole is refused', () => {
    const t = new StagedWorld();
    t.stagedPool('mine');
    t.register('mine', 'm1');
    const refused = refusalOf(() => sync(t, aType('a', { names: ['a1', 'm1'] })));
    expect(refused.code).toBe('resource_name_taken');
    expect([...t.world.pools.keys()]).toEqual(['mine']);
  });

  test('keep a pool that they hang under, without its members', () => {
    const t = aWorld({ a: ['x'] }, [dynamic('a')]);
    t.do({ type: 'putPool', name: 'mine', merge: false, spec: { provider: 'hand', parent: 'a' } });
    sync(t);
    expect([all(t), t.world.pools.get('a')?.pool.status]).toEqual([[], 'open']);
  });
});
