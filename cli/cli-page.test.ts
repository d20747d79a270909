import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { EXIT } from './exit-codes.ts';
import { runCli } from './testing/cli-process.ts';

const BIN = join(import.meta.dirname, 'bin', 'poolkeeper.js');
const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'cli.md'), 'utf8');

test('docs/cli.md explains every exit code, no more and no less', () => {
  const explained = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(explained).toEqual(Object.values(EXIT));
});

test('docs/cli.md names every command with every verb, and --help knows each', async () => {
  const { stdout } = await runCli(['complete', '--', '']);
  const nouns = wordsIn(stdout);
  expect(nouns).toEqual(
    expect.arrayContaining(['serve', 'lease', 'pool', 'resource', 'token', 'provider', 'event', 'doctor']),
  );
  for (const noun of nouns.filter((one) => one !== 'help')) {
    const lines = page
      .split('\n')
      .filter((line) => line.startsWith(`| \`poolkeeper ${noun}`))
      .join('\n');
    expect(lines, noun).not.toBe('');
    const verbs = noun === 'completion' ? [] : wordsIn((await runCli(['complete', '--', noun, ''])).stdout);
    for (const verb of verbs.filter((one) => one !== 'help')) {
      expect(lines, `${noun} ${verb}`).toMatch(new RegExp(`\\b${verb}\\b`));
    }
  }
});

function wordsIn(completions: string): string[] {
  return completions.split('\n').flatMap((line) => /^([a-z]+)\t/.exec(line)?.[1] ?? []);
}

test('the command says its version', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect((await runCli(['--version'])).stdout).toBe(`${version}\n`);
});

/** A program that takes itself for another Node, and then starts ours. */
function startedOn(version: string): string {
  return `
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });
    Object.defineProperty(process, 'version', { value: 'v${version}' });
    await import(${JSON.stringify(pathToFileURL(BIN).href)});
  `;
}

test.each(['18.20.4', '20.20.0', '22.11.0'])(
  'Node %s is told in one line what is needed',
  async (version) => {
    const { stdout, stderr, code } = await runProgram(startedOn(version));
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(new RegExp(`^poolkeeper needs Node 24 or newer, and this is v${version}: .+\\n$`));
  },
);

test('a newer Node is as good, and any Node can read the program that says so', async () => {
  expect((await runProgram(startedOn('26.0.0'))).stdout).toContain('Usage: poolkeeper');
  const text = readFileSync(BIN, 'utf8');
  // What an older one cannot parse would be told as a syntax error: neither imports of ours nor new syntax.
  expect(text).not.toMatch(/^import |\?\?=|using /m);
});

async function runProgram(text: string): Promise<{ stdout: string; stderr: string; code: number }> {
  const args = ['--input-type=module', '--eval', text, '--', 'poolkeeper', '--help'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ stdout, stderr, code: typeof error?.code === 'number' ? error.code : 0 });
    });
  });
}
