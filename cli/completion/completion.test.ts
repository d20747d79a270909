import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../testing/cli-process.ts';
import { RealServer } from '../testing/real-server.ts';

const run = promisify(execFile);
const BIN = join(import.meta.dirname, '..', 'bin', 'poolkeeper.js');
const FILE = [
  'providers: [{ name: hand, driver: static }]',
  'pools: [{ name: boards, provider: hand }, { name: bench, provider: hand }, { name: web, provider: hand }]',
  '',
].join('\n');

let server: RealServer;
beforeAll(async () => {
  server = await RealServer.start(FILE);
});
afterAll(() => server[Symbol.asyncDispose]());

/** What stands before the tabs, and the directive. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await server.run('complete', '--', ...words);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '');
}

describe('at the cursor stand', () => {
  test('nouns, verbs and options, as far as they are typed, each option once', async () => {
    expect(await offered('to')).toEqual(['token', ':4']);
    expect(await offered('lease', 'ac')).toEqual(['acquire', ':4']);
    expect(await offered('lease', 'acquire', '--po')).toEqual(['--pool', ':4']);
    expect(await offered('lease', 'acquire', '--pool', 'web', '--p')).toEqual(['--priority', ':4']);
    expect(await offered('completion', 'z')).toEqual(['zsh', ':4']);
    expect(await offered('nonsense', '')).toEqual([':4']);
  });

  test('names that the server has, also behind an equals sign', async () => {
    expect(await offered('pool', 'show', 'b')).toEqual(['bench', 'boards', ':4']);
    expect(await offered('lease', 'acquire', '--pool', '')).toEqual(['bench', 'boards', 'web', ':4']);
    expect(await offered('lease', 'acquire', '--pool=w')).toEqual(['web', ':4']);
  });

  test('files where a file is wanted, and nothing of ours in the command of somebody else', async () => {
    expect(await offered('restore', '')).toEqual([':0']);
    expect(await offered('backup', 'x.db', '--data', '')).toEqual([':16']);
    expect(await offered('lease', 'run', '--pool', 'web', '--', 'sh', '-')).toEqual([':0']);
    expect(await offered('lease', 'run', 'sh', '--p')).toEqual([':0']);
  });

  test('no names, and no complaint, where no server answers in half a second', async () => {
    const startedAt = performance.now();
    const { stdout, stderr, code } = await runCli(['complete', '--', 'pool', 'show', ''], {
      env: { POOLKEEPER_URL: 'http://127.0.0.1:9' },
    });
    expect([stdout, stderr, code]).toEqual([':4\n', '', 0]);
    // The time of a start comes on top; a machine under load takes a while for that.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe('bash', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'poolkeeper-bash-'));
    writeFileSync(join(folder, 'script'), (await runCli(['completion', 'bash'])).stdout);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Calls what bash calls when the key is pressed, with the words as bash takes them apart. */
  async function press(...words: string[]): Promise<string[]> {
    const harness = [
      'set -u',
      `poolkeeper() { "${process.execPath}" "${BIN}" "$@"; }`,
      'source "$1"; source "$1"; shift',
      'COMP_WORDS=(poolkeeper "$@"); COMP_CWORD=$#',
      '_poolkeeper_complete',
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join('\n');
    const { stdout } = await run('bash', ['-c', harness, 'bash', join(folder, 'script'), ...words], {
      env: { ...process.env, ...server.env },
      cwd: folder,
    });
    return stdout.split('\n').filter((line) => line !== '');
  }

  test('gets the words that go on from what is typed', async () => {
    expect(await press('lea')).toEqual(['lease']);
    expect(await press('lease', 'acquire', '--pool', 'b')).toEqual(['bench', 'boards']);
  });

  test('puts together again what it takes apart at an equals sign', async () => {
    expect(await press('lease', 'acquire', '--pool', '=')).toEqual(['bench', 'boards', 'web']);
    expect(await press('lease', 'acquire', '--pool', '=', 'we')).toEqual(['web']);
    expect(await press('lease', 'acquire', '--pool', '=', 'web', '--cou')).toEqual(['--count']);
  });

  test('evaluates nothing that is on the line', async () => {
    const { stdout } = await run('ls', [folder]);
    expect(await press('lease', 'acquire', '--note', '$(touch evil)', '--pri')).toEqual(['--priority']);
    expect((await run('ls', [folder])).stdout).toBe(stdout);
  });
});

test.each(['zsh', 'fish', 'powershell'])('%s gets a script that calls this command', async (shell) => {
  const { stdout, code } = await runCli(['completion', shell]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/poolkeeper' ?complete|poolkeeper complete -- |complete '--'/);
});
