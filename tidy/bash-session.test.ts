import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';
import { expect, test } from 'vitest';
import { BashSession } from './bash-session.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'poolkeeper-bash-')));
const start = (): BashSession => new BashSession({ folder, environment: process.env });

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.skipIf(platform === 'win32')(
  'what was typed before is still so: variables, folders, what runs behind',
  async () => {
    await using bash = start();
    await bash.type('word=kept\ncd /\nsleep 1000 &\nbehind=$!');
    const [word, place, pid] = (await bash.type('echo $word; pwd; echo $behind; echo >&2 aside')).split('\n');
    expect([word, place]).toEqual(['kept', '/']);
    expect(isAlive(Number(pid))).toBe(true);
    await bash[Symbol.asyncDispose]();
    expect(isAlive(Number(pid))).toBe(false);
    rmSync(folder, { recursive: true });
  },
);

test.skipIf(platform === 'win32')(
  'the first command that fails ends it, and is told with what was said',
  async () => {
    await using bash = new BashSession({ folder: '/', environment: process.env });
    await expect(bash.type('echo before\nls /there/is/none\necho after')).rejects.toThrow(
      /a command failed.*\nbefore\n[^]*none/,
    );
  },
);
