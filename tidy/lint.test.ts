import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '..');
const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** Lints one planted file with the repository's own configuration and returns the names of the broken rules. */
function lint(path: string, source: string): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'lint-'));
  directories.push(directory);
  for (const name of ['.oxlintrc.json', 'tsconfig.json']) {
    copyFileSync(join(repository, name), join(directory, name));
  }
  symlinkSync(join(repository, 'node_modules'), join(directory, 'node_modules'));
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), source);
  const oxlint = join(repository, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const run = spawnSync(process.execPath, [oxlint, '--format', 'json', path], {
    cwd: directory,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: { code: string }[] };
  expect(run.status, run.stderr).toBe(diagnostics.length > 0 ? 1 : 0);
  return [...new Set(diagnostics.map(({ code }) => code))];
}

const BANNED: [what: string, source: string, rule: string][] = [
  ['the wall clock', 'export const at = (): number => Date.now();', 'eslint(no-restricted-properties)'],
  [
    'the process clock',
    'export const at = (): number => performance.now();',
    'eslint(no-restricted-properties)',
  ],
  ['chance', 'export const chance = (): number => Math.random();', 'eslint(no-restricted-properties)'],
  ['a timer', 'setTimeout(() => {}, 1);', 'eslint(no-restricted-globals)'],
  ['a repeating timer', 'setInterval(() => {}, 1);', 'eslint(no-restricted-globals)'],
  [
    'an imported timer',
    `import { setTimeout } from 'node:timers/promises';\nawait setTimeout(1);`,
    'eslint(no-restricted-imports)',
  ],
];

test.each(BANNED)('%s is banned from the core and the server', (_what, source, rule) => {
  expect(lint('core/planted.ts', source)).toEqual([rule]);
  expect(lint('server/keeper/planted.ts', source)).toEqual([rule]);
});

test.each(BANNED)('%s is at home in a composition root and in tests', (_what, source) => {
  expect(lint('server/system-clock.ts', source)).toEqual([]);
  expect(lint('core/planted.test.ts', source)).toEqual([]);
});

test.each([
  [
    'a promise that nobody awaits',
    'async function commit(): Promise<void> {}\nexport function run(): void {\n  commit();\n}',
    'typescript(no-floating-promises)',
  ],
  [
    'a switch that forgets a status',
    `type Status = 'queued' | 'active';\nexport function say(status: Status): string {\n  switch (status) {\n    case 'queued':\n      return 'waits';\n  }\n  return '';\n}`,
    'typescript(switch-exhaustiveness-check)',
  ],
  ['a default export', 'export default 1;', 'import(no-default-export)'],
  ['any', 'export const anything = (value: any): unknown => value;', 'typescript(no-explicit-any)'],
])('%s is refused', (_what, source, rule) => {
  expect(lint('core/planted.ts', source)).toEqual([rule]);
});
