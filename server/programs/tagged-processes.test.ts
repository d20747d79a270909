import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { env } from 'node:process';
import { afterEach, expect, test } from 'vitest';
import { endTagged } from './tagged-processes.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function sleeper(tags: Record<string, string>): Promise<ChildProcess> {
  const child = spawn('sleep', ['300'], { env: { PATH: env['PATH'], ...tags }, detached: true });
  children.push(child);
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  return child;
}

const ended = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
  new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));

test('what bears every mark is ended, in whatever session, and nothing else', async () => {
  const owner = `test-${process.pid}`;
  const [left, also] = [
    await sleeper({ POOLKEEPER_STEPS_OF: owner, KEY: 'a' }),
    await sleeper({ POOLKEEPER_STEPS_OF: owner, KEY: 'b' }),
  ];
  const [other, longer] = [await sleeper({ POOLKEEPER_STEPS_OF: `${owner}0` }), await sleeper({})];
  const end = ended(left);
  expect(await endTagged({ POOLKEEPER_STEPS_OF: owner, KEY: 'a' })).toBe(1);
  expect(await end).toBe('SIGKILL');
  const second = ended(also);
  expect(await endTagged({ POOLKEEPER_STEPS_OF: owner })).toBe(1);
  expect(await second).toBe('SIGKILL');
  expect(await endTagged({ POOLKEEPER_STEPS_OF: owner })).toBe(0);
  expect([other.exitCode, other.signalCode, longer.exitCode, longer.signalCode]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
