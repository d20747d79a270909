import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXIT } from './exit-codes.ts';
import { runCli } from './testing/cli-process.ts';

const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'cli.md'), 'utf8');

test('docs/cli.md explains every exit code, no more and no less', () => {
  const explained = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(explained).toEqual(Object.values(EXIT));
});

test('docs/cli.md names every command, and --help knows each that it names', async () => {
  const { stdout } = await runCli(['--help']);
  for (const noun of ['serve', 'lease', 'pool', 'resource', 'token', 'cloud-simulator']) {
    expect(stdout).toMatch(new RegExp(`^  ${noun} `, 'm'));
    expect(page).toContain(`poolkeeper ${noun}`);
  }
});

test('the command says its version', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect((await runCli(['--version'])).stdout).toBe(`${version}\n`);
});

test('an old Node is told apart from a broken installation: the program itself is readable by any', () => {
  const text = readFileSync(join(import.meta.dirname, 'bin', 'poolkeeper.js'), 'utf8');
  expect(text).not.toMatch(/^import /m);
  expect(text.indexOf('process.versions.node')).toBeLessThan(text.indexOf("import('../main.ts')"));
});
