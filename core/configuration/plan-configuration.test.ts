import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { DOCUMENT_KINDS } from '../world/world.ts';
import type { Configuration, ConfiguredPool } from './configuration.ts';
import type { Plan } from './plan.ts';

const HAND = { name: 'hand', driver: 'static', makes: false, options: {} };
const MAKER = { name: 'maker', driver: 'process', makes: true, options: {} };
const WEB = {
  spec: { name: 'web', provider: 'maker', size: { desired: 4 }, template: { image: 'one' } },
  resources: [],
} as const satisfies ConfiguredPool;
const BOARDS = {
  spec: { name: 'boards', provider: 'hand' },
  resources: [{ name: 'b1', labels: { arch: 'arm' } }, { name: 'b2' }],
} as const satisfies ConfiguredPool;

function aConfiguration(overrides: Partial<Configuration> = {}): Configuration {
  return { providers: [HAND, MAKER], pools: [WEB, BOARDS], isPruning: false, ...overrides };
}

function planOf(t: TestWorld, configuration: Configuration): Plan {
  return t.do({ type: 'planConfiguration', ...configuration });
}

function apply(t: TestWorld, configuration: Configuration, agreed: string | null = null): Plan {
  return t.do({ type: 'configure', ...configuration, agreed });
}

/** Four machines of which ann has one, and two boards that ann has, for which bob waits. */
function aBusyWorld(): TestWorld {
  const t = new TestWorld();
  apply(t, aConfiguration());
  t.finishJobs();
  t.request('ann', 'web');
  t.request('ann', [{ pool: 'boards', count: 2 }]);
  t.request('bob', 'boards');
  return t;
}

function with_(spec: Partial<ConfiguredPool['spec']>): Configuration {
  return aConfiguration({ pools: [{ ...WEB, spec: { ...WEB.spec, ...spec } }, BOARDS] });
}

/** Each entry with its effects in one line. */
function lines({ entries }: Plan): string[] {
  return entries.flatMap(({ kind, action, name, changes, effects }) => [
    `${action} ${kind} ${name}: ${changes.map(({ member }) => member).join(', ')}`,
    ...effects.map(({ effect, count, reason }) => `  ${effect} ${count}: ${reason}`),
  ]);
}

describe('a plan says what a configuration changes, and what follows (P15)', () => {
  test('everything is new', () => {
    expect(lines(planOf(new TestWorld(), aConfiguration({ providers: [] })))).toEqual([
      'create pool web: provider, size, template',
      '  create 4: the pool is new and keeps 4',
      'create pool boards: provider',
      'create resource b1: addresses, endpoints, labels, params',
      '  register 1: the configuration names it',
      'create resource b2: addresses, endpoints, labels, params',
      '  register 1: the configuration names it',
    ]);
  });

  test.each<[string, Configuration, string[]]>([
    ['nothing', aConfiguration(), []],
    [
      'a larger size',
      with_({ size: { desired: 6 } }),
      ['change pool web: size.desired', '  create 2: the size goes from 4 to 6'],
    ],
    [
      'a smaller size than is in use',
      with_({ size: { desired: 0 } }),
      [
        'change pool web: size.desired',
        '  destroy 3: the size goes from 4 to 0; nobody holds them',
        '  drain 1: the size goes from 4 to 0; given up as leases end',
      ],
    ],
    [
      'another template',
      with_({ template: { image: 'two' }, rollout: { atOnce: 2 } }),
      [
        'change pool web: rollout.atOnce, template.image',
        '  destroy 3: the template changed; replaced 2 at a time',
        '  drain 1: the template changed; replaced when their leases end',
        '  create 4: the template changed; in place of those',
      ],
    ],
    [
      'another template and a smaller size together',
      with_({ template: { image: 'two' }, size: { desired: 2 } }),
      [
        'change pool web: size.desired, template.image',
        '  destroy 2: the size goes from 4 to 2; nobody holds them',
        '  destroy 1: the template changed; replaced at once',
        '  drain 1: the template changed; replaced when their leases end',
        '  create 2: the template changed; in place of those',
      ],
    ],
    [
      'another template and no members any more',
      with_({ template: { image: 'two' }, size: { desired: 0 } }),
      [
        'change pool web: size.desired, template.image',
        '  destroy 3: the size goes from 4 to 0; nobody holds them',
        '  drain 1: the size goes from 4 to 0; given up as leases end',
      ],
    ],
    [
      'another template, which is kept from free members',
      with_({ template: { image: 'two' }, rollout: { atOnce: 0 } }),
      [
        'change pool web: rollout.atOnce, template.image',
        '  drain 1: the template changed and the rollout is paused (atOnce: 0); replaced when their leases end',
        '  create 1: the template changed; in place of those',
      ],
    ],
    ['a quota', with_({ quota: { perHolder: 2 } }), ['change pool web: quota.perHolder']],
    [
      'a board that is gone from the file, and pruning',
      aConfiguration({ pools: [WEB, { ...BOARDS, resources: [BOARDS.resources[0]] }], isPruning: true }),
      [
        'remove resource b2: ',
        '  drain 1: the configuration no longer names it; registered by hand, so it is forgotten when its lease ends',
      ],
    ],
    [
      'a pool that is gone from the file, and pruning',
      aConfiguration({ providers: [HAND], pools: [BOARDS], isPruning: true }),
      [
        'remove pool web: ',
        '  destroy 3: the configuration no longer names the pool',
        '  drain 1: the configuration no longer names the pool; when their leases end',
        'remove provider maker: ',
      ],
    ],
    [
      'a pool that somebody waits for',
      aConfiguration({ providers: [MAKER], pools: [WEB], isPruning: true }),
      [
        'remove pool boards: ',
        '  drain 2: the configuration no longer names the pool; registered by hand, so they are forgotten; when their leases end',
        '  end 1: they wait for a pool that the configuration no longer names',
        'remove provider hand: ',
      ],
    ],
  ])('%s', (_what, configuration, expected) => {
    expect(lines(planOf(aBusyWorld(), configuration))).toEqual(expected);
  });

  test('a rollout that was paused goes on', () => {
    const t = aBusyWorld();
    apply(t, with_({ template: { image: 'two' }, rollout: { atOnce: 0 } }));
    const change = with_({ template: { image: 'two' }, rollout: { atOnce: 1 } });
    expect(lines(planOf(t, change))).toEqual([
      'change pool web: rollout.atOnce',
      '  destroy 3: the rollout goes on; replaced 1 at a time',
      '  create 3: the rollout goes on; in place of those',
    ]);
    expect(lines(planOf(t, with_({ template: { image: 'two' }, rollout: { atOnce: 0 } })))).toEqual([]);
  });

  test('a template that is put back replaces what the other one made', () => {
    const t = aBusyWorld();
    apply(t, with_({ template: { image: 'two' }, rollout: { atOnce: 1 } }));
    expect(lines(planOf(t, with_({ rollout: { atOnce: 1 } })))).toEqual([
      'change pool web: template.image',
      '  destroy 1: the template changed; replaced at once',
      '  create 1: the template changed; in place of those',
    ]);
  });

  test('names that every object has something of are names like others', () => {
    const t = aBusyWorld();
    const labels = { constructor: 'x', toString: 'y' };
    expect(planOf(t, with_({ labels })).entries[0]?.changes).toEqual([
      { member: 'labels.constructor', before: undefined, after: 'x' },
      { member: 'labels.toString', before: undefined, after: 'y' },
    ]);
  });

  test('and what it destroys and drains is what a settled pool then loses', () => {
    for (const configuration of [
      with_({ size: { desired: 0 } }),
      with_({ template: { image: 'two' } }),
      with_({ template: { image: 'two' }, size: { desired: 0 } }),
      with_({ template: { image: 'two' }, size: { desired: 2 } }),
    ]) {
      const t = aBusyWorld();
      const before = [...t.world.resources.keys()];
      const { totals } = apply(t, configuration);
      for (let turn = 0; turn < 10; turn += 1) t.finishJobs();
      expect(before.filter((id) => !t.world.resources.has(id))).toHaveLength(totals.destroy);
      for (const lease of t.world.leases.values()) t.end(lease);
      t.finishJobs();
      expect(before.filter((id) => !t.world.resources.has(id))).toHaveLength(totals.destroy + totals.drain);
    }
  });
});

test('a pool may lose more members than a call has arguments', () => {
  const t = new TestWorld();
  const count = 130_000;
  const resources = Array.from({ length: count }, (_, n) => ({ name: `b${n}` }));
  const pool = { spec: { name: 'boards', provider: 'hand' }, resources };
  expect(apply(t, aConfiguration({ pools: [pool] })).totals.register).toBe(count);
  const emptied = aConfiguration({ pools: [{ ...pool, resources: [] }], isPruning: true });
  expect(planOf(t, emptied).totals.destroy).toBe(count);
}, 60_000);

describe('a plan leaves no trace (P15)', () => {
  test('in documents, counters, and everything derived', () => {
    const t = aBusyWorld();
    const documents = () =>
      structuredClone(
        DOCUMENT_KINDS.map((kind) =>
          kind === 'pool' ? [...t.world.pools.values()].map(({ pool }) => pool) : [...t.world[`${kind}s`]],
        ),
      );
    const before = [documents(), { ...t.world.meta }, [...t.world.unsettledPools]];
    const { changes, events } = t.decide({
      type: 'planConfiguration',
      ...aConfiguration({
        pools: [{ ...WEB, spec: { ...WEB.spec, template: {} } }],
        isPruning: true,
        providers: [MAKER],
      }),
    });
    expect([changes, events]).toEqual([[], []]);
    expect([documents(), { ...t.world.meta }, [...t.world.unsettledPools]]).toEqual(before);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('also where the configuration is refused', () => {
    const t = aBusyWorld();
    const refused = refusalOf(() => planOf(t, with_({ size: { desired: -1 } })));
    expect(refused).toMatchObject({ code: 'invalid_input', at: '/pools/0/size/desired' });
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('what was agreed to is what is done, or nothing (P15)', () => {
  test('the same plan, while leases come and go', () => {
    const t = aBusyWorld();
    const change = with_({ size: { desired: 0 } });
    const { fingerprint, totals } = planOf(t, change);
    t.request('cyd', 'web');
    const applied = apply(t, change, fingerprint);
    expect([totals.destroy, applied.totals.destroy, applied.totals.drain]).toEqual([3, 2, 2]);
  });

  test.each<[string, (t: TestWorld) => void]>([
    [
      'the pool changed meanwhile',
      (t) => t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 5 } } }),
    ],
    ['leases would be drained that were not there', (t) => t.request('cyd', [{ pool: 'web', count: 1 }])],
  ])('not where %s', (_what, meanwhile) => {
    const t = new TestWorld();
    apply(t, aConfiguration());
    t.finishJobs();
    const change = with_({ size: { desired: 0 } });
    const { fingerprint } = planOf(t, change);
    meanwhile(t);
    const { eventSeq } = t.world.meta;
    expect(refusalOf(() => apply(t, change, fingerprint)).code).toBe('plan_outdated');
    expect(t.world.meta.eventSeq).toBe(eventSeq);
  });
});

test('a plan after applying it is empty', () => {
  const t = aBusyWorld();
  const change = aConfiguration({ providers: [HAND], pools: [BOARDS], isPruning: true });
  expect(apply(t, change).isDestructive).toBe(true);
  expect(planOf(t, change)).toMatchObject({ entries: [], isDestructive: false });
});
