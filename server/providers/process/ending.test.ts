import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock, systemTimers } from '../../system-clock.ts';
import { aCreateRequest } from '../test-requests.ts';
import { endProcesses } from './ending.ts';
import { loadProcess } from './managed-process.ts';
import { ProcessTable } from './process-table.ts';
import { aTestPlace, isAlive } from './test-place.ts';
import type { TestPlace } from './test-place.ts';

const STOP_TIMEOUT_MS = 1_000;
const STUBBORN =
  "process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000); console.log('up')";

let place: TestPlace;
beforeEach(() => {
  place = aTestPlace();
});
afterEach(() => place.cleanUp());

const signal = (): AbortSignal => new AbortController().signal;

/** A process that ignores the request to end, started by a server that is gone now. */
async function aStubbornProcess(): Promise<{ pid: number; said: () => string }> {
  await using provider = await place.open();
  const template = { command: [execPath, '-e', STUBBORN], stopTimeout: `${STOP_TIMEOUT_MS}ms` };
  await provider.create(aCreateRequest('res_1', template), signal());
  const output = join(place.folder('res_1'), 'output.log');
  await vi.waitFor(() => expect(statSync(output).size).toBeGreaterThan(0), { timeout: 10_000 });
  return { pid: place.pids('res_1')[0] ?? 0, said: () => readFileSync(output, 'utf8') };
}

/** Ends it as a server does that starts now. */
function endAnew(waitMs: number): Promise<'gone' | 'going'> {
  const instance = readFileSync(join(place.root, 'instance'), 'utf8').trim();
  return endProcesses(loadProcess(place.root, 'res_1'), {
    table: new ProcessTable(instance),
    clock: systemClock,
    timers: systemTimers,
    signal: signal(),
    waitMs,
    killAfterMsMax: Number.POSITIVE_INFINITY,
  });
}

test('a process that takes its time is going; the time it is given counts on over a restart', async () => {
  const { pid, said } = await aStubbornProcess();
  const startedAt = Date.now();
  expect(await endAnew(100)).toBe('going');
  expect(isAlive(pid)).toBe(true);
  {
    await using provider = await place.open();
    expect(await provider.observe(signal())).toMatchObject([{ machine: 'TERMINATING' }]);
  }
  await vi.waitFor(() => expect(Date.now() - startedAt).toBeGreaterThan(STOP_TIMEOUT_MS / 2));
  expect(await endAnew(10_000)).toBe('gone');
  expect(isAlive(pid)).toBe(false);
  const tookMs = Date.now() - startedAt;
  expect(tookMs).toBeGreaterThanOrEqual(STOP_TIMEOUT_MS);
  expect(tookMs).toBeLessThan(STOP_TIMEOUT_MS * 1.5 + 500);
  expect(() => said(), 'its files stay until the provider removes them').not.toThrow();
});

test('a process is asked once, however long it is waited for', async () => {
  const { said } = await aStubbornProcess();
  expect(await endAnew(400)).toBe('going');
  expect(said().match(/no/g)).toHaveLength(1);
});
