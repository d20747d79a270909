import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfigurationText } from '@poolkeeper/config-file';
import type { ConfigurationError } from '@poolkeeper/config-file';
import { stepDefaults } from '@poolkeeper/core';
import type { ConfiguredPool } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { TestWorld } from '../../core/testing/world-builder.ts';
import { checkProvider } from '../providers/open-provider.ts';
import type { Configuration } from './configuration.ts';
import { checkConfiguration } from './load-configuration.ts';

const BOARDS = `workflows:
  - name: wipe
    steps:
      - { name: clean, uses: exec, with: { command: ["./wipe.sh", "\${resource.name}"] }, timeout: 5m, retries: 2, onFailure: hold }
  - name: nothing-left
    steps:
      - { name: look, uses: ssh, with: { run: "test -z \\"$(ls -A /scratch)\\"" } }
pools:
  - name: boards
    on:
      enter:    { workflow: install }
      allocate: { addParams: { lease: "\${lease.id}" } }
      release:  { clean: wipe, verify: nothing-left }
      exit:     { workflow: retire }
    recycle: clean
    cooldown: 30s
    maxUses: 200
`;
const LAB = `providers: [{ name: lab, driver: static }]
workflows:
  - { name: install, steps: [{ name: boot, uses: wait, with: { for: 1s } }] }
  - { name: retire, steps: [{ name: ask, uses: approval, with: { message: "Wipe \${resource.name}?" } }] }
`;

function read(...texts: string[]): Configuration {
  const sources = texts.map((text, index) => ({ file: `${index}.yaml`, text }));
  return checkConfiguration(parseConfigurationText(sources, { NAME: 'wipe' }), checkProvider);
}

/** The first line of what is wrong with the files. */
function faultIn(...texts: string[]): string {
  try {
    read(...texts);
  } catch (error) {
    return (error as ConfigurationError).message.split('\n')[0] ?? '';
  }
  return 'none';
}

/** Has the core take the files. */
function take({ workflows, profiles, pools }: Configuration): TestWorld {
  const t = new TestWorld();
  const providers = [{ name: 'lab', driver: 'static', makes: false, options: {} }];
  const known = pools as ConfiguredPool[];
  const configuration = { providers, workflows, profiles, pools: known, isPruning: false };
  t.do({ type: 'configure', ...configuration, agreed: null });
  return t;
}

test('a pool with its workflows in one place, the rest in another file', () => {
  const { workflows, pools } = read(BOARDS, LAB);
  expect(workflows[0]).toEqual({
    name: 'wipe',
    steps: [
      {
        name: 'clean',
        uses: 'exec',
        ...stepDefaults('exec'),
        with: { command: ['./wipe.sh', '${resource.name}'] },
        timeoutMs: 300_000,
        retries: 2,
      },
    ],
  });
  expect(workflows[1]?.steps[0]).toMatchObject({ with: { run: 'test -z "$(ls -A /scratch)"' } });
  expect(pools[0]?.spec).toEqual({
    name: 'boards',
    provider: 'lab',
    on: {
      enter: { workflow: 'install' },
      allocate: { addParams: { lease: '${lease.id}' } },
      release: { clean: 'wipe', verify: 'nothing-left' },
      exit: { workflow: 'retire' },
    },
    recycle: 'clean',
    cooldownMs: 30_000,
    maxUses: 200,
  });
  expect(take(read(BOARDS, LAB)).world.pools.get('boards')?.pool.on.release?.clean).toBe('wipe');
});

test('what docs/workflows.md shows is a configuration that the core takes', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'workflows.md'), 'utf8');
  const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
  expect(blocks.length).toBe(3);
  const { world } = take(read(...blocks));
  expect([...world.workflows.keys()]).toEqual(['wipe', 'nothing-left', 'install', 'retire']);
});

test('a variable of the environment is filled in where the file is read, a reference is left to the run', () => {
  const { workflows } = read(
    `workflows: [{ name: "\${env.NAME}", steps: [{ name: a, uses: exec, with: { command: ["\${params.x} $\${y}"] } }] }]`,
  );
  expect(workflows).toMatchObject([{ name: 'wipe', steps: [{ with: { command: ['${params.x} $${y}'] } }] }]);
});

test('durations and ends of a pool are read as elsewhere', () => {
  const pool = (members: string): string =>
    `providers: [{ name: lab, driver: static }]\npools: [{ name: a, ${members} }]`;
  expect(read(pool('parent: default, cooldown: 0s, maxUses: null, maxAge: 30d')).pools[0]?.spec).toEqual({
    name: 'a',
    provider: 'lab',
    parent: 'default',
    cooldownMs: 0,
    maxUses: null,
    maxAgeMs: 30 * 86_400_000,
  });
  expect(faultIn(pool('maxAge: 0s'))).toContain('0.yaml:2:20: pools[0].maxAge: maxAge has to be more than 0');
  expect(faultIn(pool('maxUses: 0'))).toContain('pools[0].maxUses: maxUses has to be a whole number from 1');
});

test.each([
  ['a step of an unknown kind', 'uses: shell', 'steps[0].uses: uses has to be one of exec, ssh, http'],
  [
    'a member that only another kind has',
    'uses: wait, with: { message: x, for: 1s }',
    'with.message: there is no member "message" here; known are: for',
  ],
  [
    'retries beyond the bound',
    'uses: exec, with: { command: [a] }, retries: 21',
    'steps[0].retries: retries has to be a whole number from 0 to 20',
  ],
  ['input that is a list', 'uses: exec, with: [a]', 'steps[0].with: with has to be an object'],
  [
    'a condition that is true',
    'uses: exec, with: { command: [a] }, if: true',
    'steps[0].if: if has to be text of 1 to 1024 characters; write it in quotes',
  ],
  [
    'an unknown failure',
    'uses: exec, with: { command: [a] }, onFailure: skip',
    'onFailure has to be one of hold, retry, quarantine, retire',
  ],
])('%s is told with its place', (_what, step, fault) => {
  const told = faultIn(`workflows:\n  - name: a\n    steps: [{ name: b, ${step} }]\n`);
  expect(told).toMatch(/^0\.yaml:3:\d+: workflows\[0\]\./);
  expect(told).toContain(fault);
});

test('names that are there twice are told with the place of the second', () => {
  const steps =
    'steps: [{ name: s, uses: wait, with: { for: 1s } }, { name: s, uses: wait, with: { for: 1s } }]';
  expect(faultIn(`workflows:\n  - { name: a, ${steps} }\n`)).toContain(
    'workflows[0].steps[1].name: there is a step "s"',
  );
  const one = 'workflows: [{ name: a, steps: [{ name: s, uses: wait, with: { for: 1s } }] }]\n';
  expect(faultIn(one, one)).toContain('1.yaml:1:15: workflows[0].name: there is a workflow "a" already');
  const profile = 'profiles: [{ name: p, params: {} }, { name: p, params: {} }]\n';
  expect(faultIn(profile)).toContain('profiles[1].name: there is a profile "p" already');
});

test('what happens at a move is told apart: only a release cleans', () => {
  const file = 'pools: [{ name: a, provider: lab, on: { enter: { clean: wipe }, leave: {} } }]';
  expect(faultIn(file)).toContain(
    'pools[0].on.enter.clean: there is no member "clean" here; known are: workflow',
  );
});

test('a pool need not name its provider where there is only one', () => {
  const pool = 'pools: [{ name: a }]\n';
  expect(read('providers: [{ name: lab, driver: static }]\n', pool).pools[0]?.spec.provider).toBe('lab');
  expect(faultIn(pool)).toContain('the configuration has none');
});
