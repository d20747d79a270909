import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemRandom, systemTimers } from '../../system-clock.ts';
import { RealMachine, machineParts } from '../../testing/real-machine.ts';
import { waitFor } from '../../testing/wait-for.ts';
import { StepRefused } from '../contract.ts';
import { aStepCall, recordedTools } from '../test-calls.ts';
import { fingerprintOf } from './host-keys.ts';
import { createSshExecutor } from './ssh-executor.ts';

const OUTPUT_BYTES_MAX = 4 * 1_024 * 1_024;

const executor = createSshExecutor({
  timers: systemTimers,
  random: systemRandom,
  scriptFolder: null,
  outputBytesMax: OUTPUT_BYTES_MAX,
});

async function run(input: JsonObject, idempotencyKey = 'job_1') {
  const tools = recordedTools();
  const result = await executor.run(aStepCall(input, { idempotencyKey }), tools);
  return { result, stdout: tools.text('stdout'), stderr: tools.text('stderr'), bytes: tools.bytes() };
}

describe.skipIf(machineParts.areMissing)(`an ssh step on a real sshd${machineParts.reason}`, () => {
  let machine: RealMachine;
  beforeAll(async () => {
    machine = await RealMachine.start({ password: 'open sesame' });
  });
  afterAll(() => machine?.[Symbol.asyncDispose]());

  const isRunning = async (what: string): Promise<boolean> =>
    (await machine.processes()).some((line) => line.includes(what));

  test('passes with exit code 0, and shows which machine answered', async () => {
    const { result, stdout } = await run({ ...machine.login, run: 'echo clean' });
    const hostKey = fingerprintOf(Buffer.from(machine.hostKey.split(' ')[1] ?? '', 'base64'));
    expect(result).toEqual({
      isPassed: true,
      exitCode: 0,
      evidence: { machine: `${machine.address}:22`, user: 'root', hostKey },
      error: null,
    });
    expect(stdout).toBe('clean\n');
  });

  test('fails with the exit code of its work, and tells the streams apart', async () => {
    const { result, stdout, stderr } = await run({
      ...machine.login,
      run: 'echo looking; echo "a file is left" >&2; exit 3',
    });
    expect(result).toMatchObject({ isPassed: false, exitCode: 3 });
    expect(result.error).toContain('exit code 3. Look at its output');
    expect([stdout, stderr]).toEqual(['looking\n', 'a file is left\n']);
  });

  test('says that a program is not there', async () => {
    const { result } = await run({ ...machine.login, command: ['wipe-the-disk'] });
    expect(result.exitCode).toBe(127);
    expect(result.error).toContain('a program was not found there');
  });

  test('says which signal ended it', async () => {
    const { result } = await run({ ...machine.login, run: 'kill -KILL "$PPID"; kill -KILL $$' });
    expect(result.isPassed).toBe(false);
    expect(result.error).toContain('signal SIGKILL');
  });

  test.each([
    ['run', { run: 'printf "%s|" "$@" "$TEXT"; cat' }],
    ['command', { command: ['sh', '-c', 'printf "%s|" "$@" "$TEXT"; cat', 'sh'] }],
    ['script', { script: { text: '#!/bin/sh\nprintf "%s|" "$@" "$TEXT"; cat\n' } }],
  ])('gives values to %s as data, whatever is in them', async (word, work) => {
    const nasty = [
      `it's $(echo run) \`echo run\` "$HOME"`,
      'two\nlines\n',
      '',
      '-n',
      '!*?[a]{b,c}~ #;&|<>\\',
    ];
    const input =
      word === 'command'
        ? { command: [...(work as { command: string[] }).command, ...nasty] }
        : { ...work, args: nasty };
    const text = `'"$(echo run)\n\\`;
    const { stdout } = await run({ ...machine.login, ...input, env: { TEXT: text }, stdin: `in\n${text}` });
    expect(stdout).toBe(`${nasty.join('|')}|${text}|in\n${text}`);
  });

  test('tells its work what it works on, and gives numbers as text', async () => {
    const { stdout } = await run({
      ...machine.login,
      run: 'echo "$POOLKEEPER_RESOURCE_NAME $POOLKEEPER_LEASE $POOLKEEPER_IDEMPOTENCY_KEY $DISKS"',
      env: { DISKS: 2 },
    });
    expect(stdout).toBe('board-1 lease_1 job_1 2\n');
  });

  test('keeps variables out of the command lines that everybody on the machine can read', async () => {
    const { stdout } = await run({
      ...machine.login,
      run: 'ps -eo args; echo "got $TOKEN"',
      env: { TOKEN: 'hunter2' },
    });
    expect(stdout).toContain('got hunter2');
    expect(stdout.replace('got hunter2', '')).not.toContain('hunter2');
  });

  test('does not wait for what its work leaves running', async () => {
    const { result, stdout } = await run({ ...machine.login, run: 'sleep 4711 & echo started' });
    expect(result.isPassed).toBe(true);
    expect(stdout).toBe('started\n');
    await run({ ...machine.login, run: 'true' });
    await waitFor('the next attempt to end it', async () => !(await isRunning('sleep 4711')));
  });

  test('leaves the work of other steps alone', async () => {
    await run({ ...machine.login, run: 'sleep 4712 >/dev/null 2>&1 &' }, 'job_2');
    await run({ ...machine.login, run: 'true' }, 'job_3');
    expect(await isRunning('sleep 4712')).toBe(true);
    await run({ ...machine.login, run: 'true' }, 'job_2');
    expect(await isRunning('sleep 4712')).toBe(false);
  });

  test.each([
    ['work', 'sleep 4713'],
    ['work that does not heed SIGTERM', `trap '' TERM; sleep 4713; sleep 4713`],
    ['work that left its session', 'setsid sleep 4713 & setsid sleep 4713'],
  ])('ends %s when it is aborted', async (_what, work) => {
    const tools = recordedTools();
    const running = executor.run(aStepCall({ ...machine.login, run: work }), tools);
    await waitFor('the work to run', () => isRunning('sleep 4713'));
    tools.abort(new Error('the time is over'));
    await expect(running).rejects.toThrow('the time is over');
    await waitFor('the work to be gone', async () => !(await isRunning('sleep 4713')));
  });

  test('ends soon when it is aborted before it began', async () => {
    const tools = recordedTools();
    tools.abort(new Error('the time is over'));
    await expect(executor.run(aStepCall({ ...machine.login, run: 'true' }), tools)).rejects.toThrow(
      'the time is over',
    );
  });

  test('ends work that puts out without end', async () => {
    const { result, bytes } = await run({ ...machine.login, run: 'exec yes "a line that is repeated"' });
    expect(result.isPassed).toBe(false);
    expect(result.error).toContain('more than 4 MiB and was ended');
    expect(bytes).toBe(OUTPUT_BYTES_MAX);
    await waitFor('the work to be gone', async () => !(await isRunning('a line that is repeated')));
  });

  test('sends a script for its user alone, and removes it', async () => {
    const text = '#!/bin/sh\nstat -c %a "$0" "${0%/*}"; echo "$1"; exit 4\n';
    const { result, stdout } = await run({
      ...machine.login,
      script: { text, directory: machine.folder },
      args: ['x y'],
    });
    expect(result.exitCode).toBe(4);
    expect(stdout).toBe('700\n700\nx y\n');
    expect(readdirSync(machine.folder).filter((name) => name.startsWith('.poolkeeper'))).toEqual([]);
  });

  test('removes the script when it is aborted', async () => {
    const tools = recordedTools();
    const script = { text: '#!/bin/sh\nsleep 4714\n', directory: machine.folder };
    const running = executor.run(aStepCall({ ...machine.login, script }), tools);
    await waitFor('the work to run', () => isRunning('sleep 4714'));
    const [directory = ''] = readdirSync(machine.folder).filter((name) => name.startsWith('.poolkeeper'));
    expect(statSync(join(machine.folder, directory, 'script')).isFile()).toBe(true);
    tools.abort();
    await expect(running).rejects.toThrow('took too long');
    await waitFor('the script to be gone', () => !readdirSync(machine.folder).includes(directory));
  });

  test('refuses a machine that shows another key, before it sends anything, and says how to mend it', async () => {
    const logBefore = machine.log.length;
    const refusal = run({ ...machine.login, hostKey: `SHA256:${'A'.repeat(43)}`, run: 'true' });
    await expect(refusal).rejects.toThrow(StepRefused);
    const shown = fingerprintOf(Buffer.from(machine.hostKey.split(' ')[1] ?? '', 'base64'));
    await expect(refusal).rejects.toThrow(`showed the host key ${shown} (ssh-ed25519)`);
    await expect(refusal).rejects.toThrow('ssh-keygen -lf');
    expect(machine.log.slice(logBefore)).not.toMatch(/Accepted|Failed|userauth/);
  });

  test('takes any host key when the step says so in so many words', async () => {
    const { result } = await run({ ...machine.login, hostKey: 'accept-any-host-key', run: 'true' });
    expect(result.isPassed).toBe(true);
  });

  test('logs in with a password', async () => {
    const { key: _key, ...login } = machine.login;
    const { result } = await run({ ...login, password: 'open sesame', run: 'true' });
    expect(result.isPassed).toBe(true);
  });

  test('says that a password is not taken', async () => {
    const { key: _key, ...login } = machine.login;
    const refusal = run({ ...login, password: 'hunter2', run: 'true' });
    await expect(refusal).rejects.toThrow('does not let root in with this password');
    await expect(refusal).rejects.not.toThrow('hunter2');
  });

  test('says that a key is not taken', async () => {
    await using other = await RealMachine.start();
    await expect(run({ ...machine.login, key: other.key, run: 'true' })).rejects.toThrow(
      'does not let root in with this key. Check the user, the secret',
    );
  });

  test('refuses a key that is none', async () => {
    const refusal = run({ ...machine.login, key: 'hunter2', run: 'true' });
    await expect(refusal).rejects.toThrow(StepRefused);
    await expect(refusal).rejects.toThrow('key is no private key that can be used');
  });

  test('finds the machine by the resource', async () => {
    const { host, ...login } = machine.login;
    const tools = recordedTools();
    const call = aStepCall({ ...login, run: 'true' });
    const at = (where: object) => ({ ...call, resource: { ...call.resource, ...where } });
    const byAddress = await executor.run(at({ addresses: [host] }), tools);
    const byEndpoint = await executor.run(at({ endpoints: { ssh: `ssh://${host}:22` } }), tools);
    expect([byAddress.isPassed, byEndpoint.isPassed]).toEqual([true, true]);
  });
});
