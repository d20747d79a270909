import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '..');
const RUN_TIMEOUT_MS = 50_000;
const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** Runs the repository's own vitest configuration over one test file in a directory of its own. */
function runVitest(source: string, environment: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'tally-'));
  directories.push(directory);
  mkdirSync(join(directory, 'core'));
  writeFileSync(join(directory, 'core', 'planted.test.ts'), source);
  const vitest = join(repository, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(repository, 'vitest.config.ts');
  const run = spawnSync(
    process.execPath,
    [vitest, 'run', '--globals', '--root', directory, '--config', config],
    {
      encoding: 'utf8',
      timeout: RUN_TIMEOUT_MS,
      env: { PATH: process.env['PATH'], NO_COLOR: '1', ...environment },
    },
  );
  return { status: run.status, lines: run.stdout.trimEnd().split('\n'), stderr: run.stderr };
}

test('the tally of passed, failed and skipped tests is the last line', () => {
  const run = runVitest(`
    test('a', () => {});
    test('b', () => { expect(1).toBe(2); });
    describe('group', () => { test('c', () => {}); test.skip('d', () => {}); test.todo('e'); });
  `);
  expect(run.lines.at(-1)).toBe('2 passed, 1 failed, 2 skipped');
  expect(run.status).toBe(1);
});

test('a green run with a skipped test is green, unless skipping is forbidden', () => {
  const source = `test('a', () => {}); test.skip('needs a database', () => {});`;
  const allowed = runVitest(source);
  expect(allowed.lines.at(-1)).toBe('1 passed, 0 failed, 1 skipped');
  expect(allowed.status).toBe(0);

  const forbidden = runVitest(source, { POOLKEEPER_FORBID_SKIP: '1' });
  expect(forbidden.lines.at(-1)).toBe('1 passed, 1 failed');
  expect(forbidden.stderr).toContain('core/planted.test.ts > needs a database');
  expect(forbidden.status).toBe(1);
});

test('a test skipped while it runs is forbidden too', () => {
  const run = runVitest(`test('a', ({ skip }) => { skip('no engine'); });`, { POOLKEEPER_FORBID_SKIP: '1' });
  expect(run.lines.at(-1)).toBe('0 passed, 1 failed');
  expect(run.status).toBe(1);
});

test('a file that does not load counts as a failed test', () => {
  const run = runVitest(`throw new Error('does not load');`);
  expect(run.lines.at(-1)).toBe('0 passed, 1 failed');
  expect(run.status).toBe(1);
});

test('a hook that throws after its tests passed counts as a failed test', () => {
  const run = runVitest(`test('a', () => {}); afterAll(() => { throw new Error('leaked'); });`);
  expect(run.lines.at(-1)).toBe('1 passed, 1 failed');
  expect(run.status).toBe(1);
});

test('an error that no test caught counts as a failed test', () => {
  const run = runVitest(`
    test('a', async () => {
      setTimeout(() => { throw new Error('nobody listens'); }, 1);
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
  `);
  expect(run.lines.at(-1)).toBe('1 passed, 1 failed');
  expect(run.status).toBe(1);
});
