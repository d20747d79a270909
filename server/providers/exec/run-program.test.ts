import { readFileSync, writeFileSync } from 'node:fs';
import { execPath } from 'node:process';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULT_JOB_LIMITS } from '../../jobs/limits.ts';
import { DEFAULT_OBSERVER_LIMITS } from '../../jobs/observer.ts';
import { ABORT_GRACE_MS } from '../../jobs/time-limit.ts';
import { ProviderTransient } from '../contract.ts';
import { aCreateRequest } from '../test-requests.ts';
import { END_MS_MAX } from '../../programs/process-group.ts';
import { OPERATIONS } from './protocol.ts';
import { OUTPUT_LINGER_MS } from '../../programs/run-program.ts';
import { anExecPlace } from './test-place.ts';
import type { ExecPlace } from './test-place.ts';

let place: ExecPlace;
beforeEach(() => {
  place = anExecPlace();
});
afterEach(() => {
  // What a defect left running.
  for (const pid of pids().filter(isAlive)) process.kill(pid, 'SIGKILL');
  place.cleanUp();
});

const never = new AbortController().signal;
const ANSWER = `echo '{"externalId":"vm-1"}'`;
const request = aCreateRequest('res_1', null);
/** What the program and its child do that is to be told from heeding SIGTERM. */
const STUBBORN = "trap '' TERM";
/** A program that notes itself and a child of its own, and never ends. */
const forEver = (first: string): string =>
  `${first}; sleep 300 & echo $! >> pids; sh -c "${first}; echo \\$\\$ >> pids; while :; do sleep 300; done" & ` +
  'echo $$ >> pids; while :; do sleep 300; done';
const SHORT = { timeouts: { create: '1s' } };

function pids(): number[] {
  return place.read('pids').trim().split('\n').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // What ended and was not taken note of yet is a zombie.
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function errorOf(call: Promise<unknown>): Promise<Error> {
  const error: unknown = await call.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  return error as Error;
}

describe('nothing is left running', () => {
  test.each([
    ['a program that heeds SIGTERM', ':', 'and was ended'],
    ['a program that does not', STUBBORN, 'and did not heed SIGTERM, so it was killed'],
  ])('when the time of %s is over: its children die too', async (_what, first, words) => {
    await using provider = await place.script(`echo working >&2; ${forEver(first)}`, SHORT);
    const error = await errorOf(provider.create(request, never));
    expect(error).toBeInstanceOf(ProviderTransient);
    expect(error.message).toBe(
      `The program did not end within 1 s when asked to create ${words}. It wrote last: working`,
    );
    expect(pids()).toHaveLength(3);
    expect(pids().filter(isAlive)).toEqual([]);
  });

  test.each([':', STUBBORN])('when the call is aborted (%s)', async (first) => {
    await using provider = await place.script(forEver(first));
    const abort = new AbortController();
    const reason = new Error('no longer wanted');
    const call = errorOf(provider.create(request, abort.signal));
    await vi.waitFor(() => expect(pids()).toHaveLength(3), { timeout: 10_000 });
    abort.abort(reason);
    expect(await call).toBe(reason);
    expect(pids().filter(isAlive)).toEqual([]);
  });

  test('when the provider is closed', async () => {
    const provider = await place.script(forEver(':'));
    const call = errorOf(provider.create(request, never));
    await vi.waitFor(() => expect(pids()).toHaveLength(3), { timeout: 10_000 });
    await provider[Symbol.asyncDispose]();
    expect((await call).message).toBe('Provider mine is closed.');
    expect(pids().filter(isAlive)).toEqual([]);
  });

  test('after a program that ended well and left a child in its group', async () => {
    await using provider = await place.script(`sleep 300 & echo $! > pids; ${ANSWER}`);
    expect(await provider.create(request, never)).toMatchObject({ externalId: 'vm-1' });
    expect(pids()).toHaveLength(1);
    expect(pids().filter(isAlive)).toEqual([]);
  });

  test('after a program that writes without end', async () => {
    await using provider = await place.script('echo $$ > pids; yes');
    const error = await errorOf(provider.create(request, never));
    expect(error.message).toContain("The program's answer to create is larger than 8 MiB and was ended.");
    expect(pids().filter(isAlive)).toEqual([]);
  });
});

test('what has a session of its own lives on, and does not keep the call although it holds the output', async () => {
  writeFileSync(
    place.path('daemon.mjs'),
    `import { spawn } from 'node:child_process';
     import { readFileSync, writeFileSync } from 'node:fs';
     const child = spawn('sleep', ['300'], { detached: true, stdio: 'inherit' });
     writeFileSync('pids', String(child.pid));
     child.unref();
     console.log('{"externalId":"vm-1"}');`,
  );
  await using provider = await place.open({ command: [execPath, './daemon.mjs'] });
  expect(await provider.create(request, never)).toMatchObject({ externalId: 'vm-1' });
  const [pid = 0] = pids();
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, 'SIGKILL');
  expect(place.log).toContainEqual(
    expect.objectContaining({
      fields: expect.objectContaining({
        line: 'something that it started still holds its output; redirect that elsewhere',
      }) as object,
    }),
  );
});

test('a program that does not read what it is told does not hang the call', async () => {
  await using provider = await place.script(`exec 0<&-; ${ANSWER}`);
  const template = { text: 'x'.repeat(1_000_000) };
  expect(await provider.create(aCreateRequest('res_1', template), never)).toMatchObject({
    externalId: 'vm-1',
  });
});

test('a program that closes its output and stays is bounded by its time', async () => {
  await using provider = await place.script(`${ANSWER}; exec 1>&- 2>&-; sleep 300`, SHORT);
  expect((await errorOf(provider.create(request, never))).message).toContain('did not end within 1 s');
});

test('a long answer is read while the program writes it', async () => {
  const things = Array.from({ length: 10_000 }, (_, at) => ({
    resource: `res_${at}`,
    externalId: `vm-${at}`,
  }));
  writeFileSync(place.path('answer'), JSON.stringify({ resources: things }));
  await using provider = await place.script('cat answer');
  expect(await provider.observe(never)).toHaveLength(10_000);
});

test('the times of a call fit into those after which its caller leaves it alone', () => {
  expect(OPERATIONS.create.limitMsMax).toBeLessThanOrEqual(DEFAULT_JOB_LIMITS.createMs);
  expect(OPERATIONS.destroy.limitMsMax).toBeLessThanOrEqual(DEFAULT_JOB_LIMITS.destroyMs);
  expect(OPERATIONS.observe.limitMsMax).toBeLessThanOrEqual(DEFAULT_OBSERVER_LIMITS.observeMs);
  expect(END_MS_MAX + OUTPUT_LINGER_MS).toBeLessThan(ABORT_GRACE_MS);
});
