import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { checkRooms } from './rooms.ts';

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function plant(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'rooms-'));
  directories.push(directory);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

/** Two files of one room that import nothing forbidden: what a clean room looks like. */
const CLEAN = {
  'core/lease.ts': `import type { Pool } from './pool.ts';\nexport type Lease = { pool: Pool };\n`,
  'core/pool.ts': 'export type Pool = { name: string };\n',
};

test('clean rooms have no problems', async () => {
  expect(await checkRooms(plant(CLEAN), ['core'])).toEqual({ modulesRead: 2, problems: [] });
});

test('a look at no module is a problem', async () => {
  const directory = plant({ 'core/README.md': 'No code here.\n' });
  expect(await checkRooms(directory, ['core'])).toEqual({
    modulesRead: 0,
    problems: ['no module was read at all: this check looked at nothing'],
  });
});

test('a room without a module is a problem, however full the others are', async () => {
  const directory = plant({ ...CLEAN, 'server/keeper.ts': `import '../core/pool.ts';\n` });
  const { problems } = await checkRooms(directory, ['core', 'server/keeper']);
  expect(problems).toEqual(['server/keeper: no module of this room was read']);
});

/** One planted import per rule: the file that imports, what it imports, and the rule that has to notice. */
const FORBIDDEN: [from: string, to: string, rule: string][] = [
  ['core/decide.ts', 'server/keeper/keeper.ts', 'core-is-pure'],
  ['server/keeper/keeper.ts', 'server/http/app.ts', 'keeper-sees-contracts'],
  ['server/keeper/keeper.ts', 'server/store/sqlite/open.ts', 'keeper-sees-contracts'],
  ['server/jobs/runner.ts', 'server/providers/process/start.ts', 'jobs-see-contracts'],
  ['server/store/sqlite/open.ts', 'server/keeper/keeper.ts', 'store-stands-alone'],
  ['server/providers/static/adopt.ts', 'server/providers/process/start.ts', 'provider-stands-alone'],
  ['server/providers/contract.ts', 'server/http/app.ts', 'provider-room-stands-alone'],
  ['server/http/app.ts', 'server/store/contract.ts', 'http-asks-the-keeper'],
  ['server/config/read.ts', 'server/store/contract.ts', 'config-stands-alone'],
  ['server/cloud-simulator/cloud.ts', 'server/providers/contract.ts', 'cloud-simulator-stands-alone'],
  ['server/cloud-simulator/cloud.ts', 'server/keeper/keeper.ts', 'cloud-simulator-stands-alone'],
  ['server/timers.ts', 'server/keeper/keeper.ts', 'handed-types-stand-alone'],
  ['server/keeper/keeper.ts', 'server/main.ts', 'main-is-the-root'],
  ['server/keeper/keeper.ts', 'server/wiring/tenure.ts', 'wiring-is-of-main'],
  ['cli/lease-list.ts', 'server/index.ts', 'cli-talks-http'],
  ['client/api.ts', 'core/duration.ts', 'client-stands-alone'],
  ['cli/runtime.ts', 'client/api.ts', 'cli-uses-the-sdk-entry'],
  ['cli/local/serve.ts', 'server/keeper/keeper.ts', 'cli-local-uses-the-entry'],
  ['server/http/app.ts', 'client/index.ts', 'server-is-below'],
  ['server/http/app.ts', 'cli/local/serve.ts', 'server-is-below'],
  ['cli/local/cloud-simulator.ts', 'server/cloud-simulator/cloud.ts', 'cli-local-uses-the-entry'],
  ['core/decide.ts', 'simulation/world.ts', 'product-without-workshop'],
  ['core/decide.ts', 'core/testing/world-builder.ts', 'product-without-test-support'],
  ['server/jobs/runner.ts', 'server/jobs/test-provider.ts', 'product-without-test-support'],
  ['server/providers/contract.ts', 'server/providers/contract-suite.ts', 'product-without-test-support'],
  ['simulation/world.ts', 'core/decide.test.ts', 'nobody-imports-a-test'],
];

describe('a planted import is found', () => {
  test.each(FORBIDDEN)('%s → %s breaks %s', async (from, to, rule) => {
    const up = '../'.repeat(from.split('/').length - 1);
    const directory = plant({ [from]: `import '${up}${to}';\n`, [to]: 'export const planted = 1;\n' });
    const { problems } = await checkRooms(directory, [...new Set([from, to])]);
    expect(problems).toContain(`${rule}: ${from} imports ${to}`);
  });

  test.each(['node:fs', 'fastify', 'typebox'])('core imports %s', async (specifier) => {
    const directory = plant({ 'core/decide.ts': `import '${specifier}';\n` });
    const { problems } = await checkRooms(directory, ['core']);
    expect(problems.join('\n')).toMatch(/^core-is-pure: core\/decide.ts imports /m);
  });

  test.each(['node:fs', 'events', 'commander'])('the SDK imports %s', async (specifier) => {
    const directory = plant({ 'client/api.ts': `import '${specifier}';\n` });
    const { problems } = await checkRooms(directory, ['client']);
    expect(problems.join('\n')).toMatch(/^client-stands-alone: client\/api.ts imports /m);
  });

  test('a type alone is an import too', async () => {
    const directory = plant({
      'core/decide.ts': `import type { App } from '../server/http/app.ts';\nexport type Decide = App;\n`,
      'server/http/app.ts': 'export type App = 1;\n',
    });
    const { problems } = await checkRooms(directory, ['core', 'server/http']);
    expect(problems).toContain('core-is-pure: core/decide.ts imports server/http/app.ts');
  });

  test('a cycle, an orphan and an import that leads nowhere', async () => {
    const directory = plant({
      'core/a.ts': `import './b.ts';\n`,
      'core/b.ts': `import './a.ts';\n`,
      'core/alone.ts': 'export const alone = 1;\n',
      'core/lost.ts': `import './nowhere.ts';\n`,
    });
    const { problems } = await checkRooms(directory, ['core']);
    expect(problems).toEqual(
      expect.arrayContaining([
        'no-cycles: core/a.ts imports core/b.ts',
        'no-orphans: core/alone.ts',
        'no-unresolvable: core/lost.ts imports ./nowhere.ts',
      ]),
    );
  });
});

test('what the table allows passes', async () => {
  const directory = plant({
    ...CLEAN,
    'core/index.ts': `export type { Lease } from './lease.ts';\n`,
    'core/lease.test.ts': `import 'node:fs';\nimport './lease.ts';\n`,
    'server/timers.ts': `import type {} from '../core/index.ts';\n`,
    'server/store/contract.ts': `import '../timers.ts';\nimport type {} from '../../core/index.ts';\n`,
    'server/jobs/contract.ts': `import type {} from '../../core/index.ts';\n`,
    'core/testing/lease-builder.ts': `import 'node:assert';\nimport '../lease.ts';\n`,
    'server/system-clock.ts': `import './timers.ts';\n`,
    'server/providers/contract-suite.ts': `import 'node:assert';\nimport '../system-clock.ts';\n`,
    'server/keeper/keeper.ts': `import 'node:crypto';\nimport '../store/contract.ts';\nimport '../jobs/contract.ts';\n`,
    'server/http/app.ts': `import '../keeper/keeper.ts';\n`,
    'server/main.ts': `import './http/app.ts';\nimport './keeper/keeper.ts';\n`,
    'server/index.ts': `export * from './main.ts';\n`,
    'client/index.ts': `export * from './api.ts';\n`,
    'client/api.ts': `import '../node_modules/openapi-fetch/index.js';\n`,
    'node_modules/openapi-fetch/index.js': 'export const planted = 1;\n',
    'cli/runtime.ts': `import '../client/index.ts';\nimport './local/serve.ts';\n`,
    'cli/local/serve.ts': `import '../../server/index.ts';\n`,
    'cli/local/cloud-simulator.ts': `import '../../server/index.ts';\n`,
  });
  expect((await checkRooms(directory, ['core', 'server', 'client', 'cli'])).problems).toEqual([]);
});
