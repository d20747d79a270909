import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemTimers } from '../../system-clock.ts';
import { StepRefused } from '../contract.ts';
import type { StepResult } from '../contract.ts';
import { aStepCall, toolsThatKeep } from '../test-step.ts';
import type { ExecPolicy } from './exec-policy.ts';
import { createExecStep } from './exec-step.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-exec-step-'));
});
afterEach(() => {
  for (const pid of pids().filter(isAlive)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function script(name: string, lines: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${lines}\n`);
  chmodSync(join(folder, name), 0o755);
}

function executor(policy: ExecPolicy = 'any', environment: Record<string, string | undefined> = env) {
  return createExecStep({ policy, directory: folder, environment, owner: 'test', timers: systemTimers });
}

async function run(
  input: Parameters<typeof aStepCall>[1],
  policy: ExecPolicy = 'any',
): Promise<StepResult & { text: string }> {
  const tools = toolsThatKeep();
  const result = await executor(policy).run(aStepCall('exec', input), tools);
  return { ...result, text: tools.text() };
}

function pids(): number[] {
  const path = join(folder, 'pids');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').filter(Boolean).map(Number) : [];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('exit code 0 is a pass, and every other is not', async () => {
  script('wipe.sh', 'echo "wiping $1"; exit $2');
  expect(await run({ command: ['./wipe.sh', 'board-1', '0'] })).toMatchObject({
    isPassed: true,
    exitCode: 0,
    error: null,
    text: 'wiping board-1\n',
  });
  expect(await run({ command: ['./wipe.sh', 'board-1', '7'] })).toMatchObject({
    isPassed: false,
    exitCode: 7,
    error: './wipe.sh ended with exit code 7. It wrote last: wiping board-1',
  });
});

test('values are arguments and never text for a shell', async () => {
  script('say.sh', 'printf "%s\\n" "$@"');
  const { text } = await run({ command: ['./say.sh', '$(touch pwned); `id`', "'; rm -rf /"] });
  expect(text).toBe("$(touch pwned); `id`\n'; rm -rf /\n");
  expect(existsSync(join(folder, 'pwned'))).toBe(false);
});

test('a program is told what it is for, and little of the environment of the server', async () => {
  const step = executor('any', { PATH: env['PATH'], LANG: 'C', POOLKEEPER_ADMIN_TOKEN: 'pk_secret' });
  const tools = toolsThatKeep();
  await step.run(aStepCall('exec', { command: ['env'], env: { DISK: '/dev/sda' } }), tools);
  const variables = Object.fromEntries(
    tools
      .text()
      .trim()
      .split('\n')
      .map((line) => line.split('=', 2) as [string, string]),
  );
  expect(variables).toMatchObject({
    DISK: '/dev/sda',
    LANG: 'C',
    POOLKEEPER_RESOURCE_ID: 'res_1',
    POOLKEEPER_RESOURCE_NAME: 'board-1',
    POOLKEEPER_RESOURCE_KIND: 'machine',
    POOLKEEPER_RESOURCE_POOL: 'boards',
    POOLKEEPER_PROVIDER: 'local',
    POOLKEEPER_EXTERNAL_ID: 'ext-1',
    POOLKEEPER_RESOURCE_EPOCH: '3',
    POOLKEEPER_ADDRESS: '10.0.0.7',
    POOLKEEPER_ENDPOINT_HTTP: 'http://10.0.0.7/',
    POOLKEEPER_RUN: 'run_1',
    POOLKEEPER_STEP: 'clean',
    POOLKEEPER_LEASE: 'lse_1',
    POOLKEEPER_HOLDER: 'ann',
    POOLKEEPER_IDEMPOTENCY_KEY: 'job_1',
  });
  expect(variables).not.toHaveProperty('POOLKEEPER_ADMIN_TOKEN');
});

test('it reads its input and runs where it is said', async () => {
  mkdirSync(join(folder, 'inner'));
  expect((await run({ command: ['cat'], stdin: 'two\nlines' })).text).toBe('two\nlines');
  expect((await run({ command: ['pwd'], cwd: 'inner' })).text).toBe(`${join(folder, 'inner')}\n`);
});

describe('evidence', () => {
  test('is the object that the program writes to the file that it is told', async () => {
    script('look.sh', 'echo \'{"files": 0}\' > "$POOLKEEPER_EVIDENCE"; echo "$POOLKEEPER_EVIDENCE"');
    const { evidence, text } = await run({ command: ['./look.sh'] });
    expect(evidence).toEqual({ files: 0 });
    expect(existsSync(text.trim())).toBe(false);
  });

  test.each([
    ['no object', 'echo 42 > "$POOLKEEPER_EVIDENCE"', 'it is no JSON object'],
    ['no JSON', 'echo "{" > "$POOLKEEPER_EVIDENCE"', 'it is no JSON object'],
    ['a large one', 'head -c 5000 /dev/zero > "$POOLKEEPER_EVIDENCE"', 'it is larger than 4 KiB'],
    ['no plain file', 'mkfifo "$POOLKEEPER_EVIDENCE"', 'it is no plain file'],
  ])('that is %s is left out, and the output says so', async (_what, lines, said) => {
    script('look.sh', lines);
    const { isPassed, evidence, text } = await run({ command: ['./look.sh'] });
    expect({ isPassed, evidence }).toEqual({ isPassed: true, evidence: null });
    expect(text).toBe(`poolkeeper: the evidence is left out: ${said}\n`);
  });
});

describe('nothing is left running', () => {
  const forEver =
    'sleep 300 & echo $! >> pids; setsid sh -c "echo \\$\\$ >> pids; exec sleep 300" & echo $$ >> pids; wait';

  test.each([
    ['a program that heeds SIGTERM', ':'],
    ['one that does not', "trap '' TERM"],
  ])('of %s when the signal aborts, sessions of its own included', async (_what, first) => {
    script('hang.sh', `${first}; ${forEver}`);
    const abort = new AbortController();
    const reason = new Error('no time left');
    const call = executor()
      .run(aStepCall('exec', { command: ['./hang.sh'] }), toolsThatKeep(abort.signal))
      .catch((error: unknown) => error);
    await vi.waitFor(() => expect(pids()).toHaveLength(3), { timeout: 10_000 });
    abort.abort(reason);
    expect(await call).toBe(reason);
    await vi.waitFor(() => expect(pids().filter(isAlive)).toEqual([]), { timeout: 5_000 });
  });

  test('of the group of a program that ended well', async () => {
    script('leave.sh', 'sleep 300 & echo $! >> pids');
    expect((await run({ command: ['./leave.sh'] })).isPassed).toBe(true);
    expect(pids()).toHaveLength(1);
    expect(pids().filter(isAlive)).toEqual([]);
  });
});

test('300 MB of output pass through without being kept', async () => {
  const before = process.memoryUsage().rss;
  let bytes = 0;
  let peak = before;
  const signal = new AbortController().signal;
  const hide = (): void => {};
  const output = (_stream: string, chunk: Uint8Array): void => {
    bytes += chunk.length;
    peak = Math.max(peak, process.memoryUsage().rss);
  };
  await executor().run(aStepCall('exec', { command: ['head', '-c', '300000000', '/dev/zero'] }), {
    signal,
    output,
    hide,
  });
  expect(bytes).toBe(300_000_000);
  expect(peak - before).toBeLessThan(150_000_000);
});

test.each([
  [['./none.sh'], 'There is no program ./none.sh'],
  [['./plain.txt'], 'The program ./plain.txt may not be run. Make it executable: chmod +x.'],
])('%j can never do, so it is not tried again', async (command, said) => {
  writeFileSync(join(folder, 'plain.txt'), 'x');
  const call = run({ command });
  await expect(call).rejects.toThrow(StepRefused);
  await expect(run({ command })).rejects.toThrow(said);
});

describe('the owner of the server', () => {
  const inside = (): ExecPolicy => ({ folder: join(folder, 'steps') });
  beforeEach(() => {
    mkdirSync(join(folder, 'steps'));
    script('steps/wipe.sh', 'pwd');
    script('outside.sh', 'echo out');
  });

  test('can switch exec steps off', async () => {
    await expect(run({ command: ['true'] }, 'off')).rejects.toThrow('This server runs no exec steps.');
  });

  test('can have programs of one folder alone, where they start', async () => {
    const { isPassed, text } = await run({ command: ['./wipe.sh'] }, inside());
    expect({ isPassed, text }).toEqual({ isPassed: true, text: `${join(folder, 'steps')}\n` });
    expect((await run({ command: ['wipe.sh'] }, inside())).isPassed).toBe(true);
  });

  test.each([
    [['/bin/sh', '-c', 'id']],
    [['sh', '-c', 'id']],
    [['../outside.sh']],
    [['./link.sh']],
    [['./up/outside.sh']],
  ])('keeps %j out of it', async (command) => {
    symlinkSync(join(folder, 'outside.sh'), join(folder, 'steps', 'link.sh'));
    symlinkSync(folder, join(folder, 'steps', 'up'));
    await expect(run({ command }, inside())).rejects.toThrow(StepRefused);
  });

  test.each([{ cwd: '/' }, { cwd: '..' }, { env: { LD_PRELOAD: '/tmp/x.so' } }, { env: { PATH: '/tmp' } }])(
    'keeps %j out of it',
    async (more) => {
      await expect(run({ command: ['./wipe.sh'], ...more }, inside())).rejects.toThrow(StepRefused);
    },
  );
});

test('input of another shape is told by member', () => {
  expect(executor().check({ command: [execPath] })).toBeNull();
  expect(executor().check({ command: 'x' })).toContain('with/command');
});
