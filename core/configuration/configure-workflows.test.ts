import { describe, expect, test } from 'vitest';
import type { Step } from '../model/workflow.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { stepDefaults } from '../workflow/workflow-faults.ts';
import { putDocument } from '../world/world.ts';
import type { Configuration, ConfiguredPool } from './configuration.ts';
import type { Plan } from './plan.ts';

function aStep({ uses = 'exec', ...more }: Partial<Step> = {}): Step {
  return { name: 'clean', uses, ...stepDefaults(uses), ...more };
}

const WIPE = { name: 'wipe', steps: [aStep()] };
const FAST = { name: 'fast', params: { speed: 3 } };
const BOARDS: ConfiguredPool = {
  spec: {
    name: 'boards',
    provider: 'hand',
    on: { enter: { addProfiles: ['fast'] }, release: { clean: 'wipe' } },
  },
  resources: [],
};
const PROVIDERS = [
  { name: 'hand', driver: 'static', makes: false, options: {} },
  { name: 'maker', driver: 'process', makes: true, options: {} },
];
const ALL: Configuration = {
  providers: PROVIDERS,
  workflows: [WIPE],
  profiles: [FAST],
  pools: [BOARDS],
  isPruning: false,
};

function configure(t: TestWorld, configuration: Partial<Configuration> = {}): Plan {
  return t.do({ type: 'configure', ...ALL, ...configuration, agreed: null });
}

/** `+ workflow wipe`, and the members that change. */
function told(plan: Plan): (string | readonly string[])[] {
  const signs = { create: '+', change: '~', remove: '-' };
  return plan.entries.flatMap(({ action, kind, name, changes }) => [
    `${signs[action]} ${kind} ${name}`,
    ...(action === 'change' ? [changes.map(({ member }) => member)] : []),
  ]);
}

describe('a configuration with workflows and profiles (P11)', () => {
  test('makes them before the pools that name them, and again changes nothing', () => {
    const t = new TestWorld();
    expect(told(configure(t))).toEqual(['+ workflow wipe', '+ profile fast', '+ pool boards']);
    const again = t.decide({ type: 'configure', ...ALL, agreed: null });
    expect([again.changes, again.events, again.reply.entries]).toEqual([[], [], []]);
  });

  test('says which member of which step changes, in words that files have', () => {
    const t = new TestWorld();
    configure(t, { workflows: [{ name: 'wipe', steps: [aStep(), aStep({ name: 'look' })] }] });
    const steps = [aStep({ name: 'look' }), aStep({ timeoutMs: 300_000, with: { command: ['x'] } })];
    const plan = configure(t, { workflows: [{ name: 'wipe', steps }] });
    expect(plan.entries).toMatchObject([{ kind: 'workflow', action: 'change', name: 'wipe', effects: [] }]);
    expect(plan.entries[0]?.changes).toEqual([
      { member: 'order', before: ['clean', 'look'], after: ['look', 'clean'] },
      { member: 'steps.clean.timeout', before: undefined, after: '5m' },
      { member: 'steps.clean.with', before: undefined, after: { command: ['x'] } },
    ]);
  });

  test('is refused with pointers into it', () => {
    const t = new TestWorld();
    const bad = [WIPE, { name: 'look', steps: [aStep(), aStep({ retries: 99, name: 'b' })] }];
    expect(refusalOf(() => configure(t, { workflows: bad })).at).toBe('/workflows/1/steps/1/retries');
    expect(refusalOf(() => configure(t, { workflows: [] })).at).toBe('/pools/0/on/release/clean');
    expect(t.world.workflows.size).toBe(0);
  });

  test('warns of secrets that are not set, which are no part of it', () => {
    const t = new TestWorld();
    const command = ['./wipe.sh', '${secrets.root}', '${secrets.root}', '${secrets.known}'];
    const secret = { name: 'known', sealed: '', version: 1, createdAt: 0, changedAt: 0 };
    putDocument(t.world, 'secret', 'known', secret);
    const workflows = [{ name: 'wipe', steps: [aStep({ with: { command } })] }];
    const plan = t.do({ type: 'planConfiguration', ...ALL, workflows });
    expect(plan.warnings).toEqual([
      {
        pointer: '/workflows/0/steps/0/with',
        message:
          'step "clean" of workflow "wipe" needs the secret "root", which is not set; set it before it runs',
      },
    ]);
    expect(configure(t, { workflows }).warnings).toEqual(plan.warnings);
  });
});

describe('a configuration that prunes (P11)', () => {
  const PRUNING = { isPruning: true };

  test('gives up workflows and profiles that it does not name', () => {
    const t = new TestWorld();
    configure(t);
    const bare = { spec: { name: 'boards', provider: 'hand' }, resources: [] };
    const plan = configure(t, { ...PRUNING, workflows: [], profiles: [], pools: [bare] });
    expect(told(plan)).toEqual(['~ pool boards', expect.anything(), '- workflow wipe', '- profile fast']);
    expect([t.world.workflows.size, t.world.profiles.size]).toEqual([0, 0]);
  });

  test('leaves what a pool on its way out still needs to a later one', () => {
    const t = new TestWorld();
    configure(t, { pools: [{ ...BOARDS, resources: [{ name: 'b1' }] }] });
    const { id } = [...t.world.resources.values()][0] ?? { id: '' };
    const before = t.resource(id);
    putDocument(t.world, 'resource', id, { ...before, profiles: ['fast'] });
    const lease = t.request('ann', 'boards');
    const nothing = { ...PRUNING, providers: [], workflows: [], profiles: [], pools: [] };
    expect(told(configure(t, nothing))).toEqual(['- pool boards', '- provider hand', '- provider maker']);
    expect(told(configure(t, nothing))).toEqual([]);
    expect([...t.world.workflows.keys(), ...t.world.profiles.keys()]).toEqual(['wipe', 'fast']);
    t.end(lease);
    t.finishJobs();
    expect(told(configure(t, nothing))).toEqual(['- workflow wipe', '- profile fast']);
  });

  test('is refused where a pool that it names needs what it does not name', () => {
    const t = new TestWorld();
    configure(t);
    const refused = refusalOf(() => configure(t, { ...PRUNING, workflows: [] }));
    expect(refused.code).toBe('workflow_in_use');
    expect(refusalOf(() => configure(t, { ...PRUNING, profiles: [] })).code).toBe('profile_in_use');
  });
});
