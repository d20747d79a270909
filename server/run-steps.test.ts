import { putDocument } from '@poolkeeper/core';
import type { Resource, Step, Workflow } from '@poolkeeper/core';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PLAIN_SEAL } from '../core/testing/plain-seal.ts';
import { createJobRunner } from './jobs/job-runner.ts';
import type { LocalJobRunner } from './jobs/job-runner.ts';
import { WorldKeeper } from './keeper/keeper.ts';
import { silentLogger } from './logger.ts';
import { RunLogs } from './run-log/run-logs.ts';
import { createStepCheck } from './steps/check-step.ts';
import { createExecStep } from './steps/exec/exec-step.ts';
import { createMemoryDisk } from './store/memory/memory-disk.ts';
import { openMemoryStore } from './store/memory/memory-store.ts';
import { systemClock, systemTimers } from './system-clock.ts';
import { rememberProviders } from './testing/remember-providers.ts';

let folder: string;
let stack: AsyncDisposableStack;
let keeper: WorldKeeper;
let logs: RunLogs;

const step = (name: string, overrides: Partial<Step> = {}): Step => ({
  name,
  uses: 'exec',
  with: { command: [`./${name}.sh`, '${resource.name}'] },
  timeoutMs: 30_000,
  retries: 0,
  if: null,
  onFailure: 'hold',
  runsOn: {},
  ...overrides,
});

function script(name: string, lines: string): void {
  writeFileSync(join(folder, `${name}.sh`), `#!/bin/sh\n${lines}\n`);
  chmodSync(join(folder, `${name}.sh`), 0o755);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-run-steps-'));
  stack = new AsyncDisposableStack();
  const store = stack.use(await openMemoryStore(createMemoryDisk()));
  await rememberProviders(store);
  logs = stack.use(
    new RunLogs({ store: store.runLog, clock: systemClock, timers: systemTimers, logger: silentLogger }),
  );
  const executors = {
    exec: createExecStep({
      policy: { folder },
      directory: folder,
      environment: env,
      owner: 'test',
      timers: systemTimers,
    }),
  };
  let nextId = 0;
  keeper = stack.use(
    new WorldKeeper({
      store,
      clock: systemClock,
      timers: systemTimers,
      random: () => 0.5,
      ...PLAIN_SEAL,
      checkStep: createStepCheck(executors),
      newId: (prefix) => `${prefix}_${String((nextId += 1)).padStart(6, '0')}`,
      defer: setImmediate,
      logger: silentLogger,
    }),
  );
  const runner: LocalJobRunner = stack.use(
    createJobRunner({
      providers: new Map(),
      clock: systemClock,
      timers: systemTimers,
      random: () => 0.5,
      logger: silentLogger,
      report: async (job, outcome) => void (await keeper.ask({ type: 'finishJob', job, outcome })),
      steps: { executors, openInput: ({ with: input }) => ({ input, secretValues: [] }), logs },
    }),
  );
  await keeper.start(runner);
});
afterEach(async () => {
  await stack.disposeAsync();
  rmSync(folder, { recursive: true, force: true });
});

async function pool(steps: { clean: Step; verify: Step }): Promise<string> {
  await keeper.read((world) => {
    for (const [name, one] of Object.entries(steps)) {
      const workflow: Workflow = { name, steps: [one], version: 1, createdAt: 0 };
      putDocument(world, 'workflow', name, workflow);
    }
  });
  await keeper.ask({
    type: 'putPool',
    name: 'boards',
    merge: false,
    spec: { provider: 'hand', on: { release: { clean: 'clean', verify: 'verify' } } },
  });
  return (await keeper.ask({ type: 'registerResource', pool: 'boards', name: 'board-1' })).id;
}

async function useOnce(): Promise<void> {
  const { id } = await keeper.ask({
    type: 'requestLease',
    holder: 'ann',
    items: [{ pool: 'boards', count: 1 }],
  });
  await keeper.ask({ type: 'endLease', lease: id, asHolder: null });
}

const resource = (id: string): Promise<Resource | undefined> =>
  keeper.read((world) => world.resources.get(id));
const PATIENCE = { timeout: 20_000 };

test('what a holder left is wiped and looked for by real programs before the resource is free again', async () => {
  script('wipe', 'rm -f left-behind; echo "wiped $1"');
  script('look', 'test ! -e left-behind && echo \'{"left": 0}\' > "$POOLKEEPER_EVIDENCE"');
  const id = await pool({ clean: step('wipe'), verify: step('look') });
  writeFileSync(join(folder, 'left-behind'), 'x');
  await useOnce();
  await expect.poll(async () => (await resource(id))?.chain?.count, PATIENCE).toBe(1);
  expect(await resource(id)).toMatchObject({ status: 'free', hold: null });
  const [started] = (await keeper.listEvents({ after: 0, limit: 100 })).filter(
    ({ type }) => type === 'run.started',
  );
  const entries = await logs.read({ run: started?.data['run'] as string, after: 0, limit: 10 });
  expect(entries.map(({ name, text }) => `${name}: ${text}`)).toEqual(['wipe: wiped board-1\n']);
}, 30_000);

test('a verification that finds something holds the resource, and a retry goes on at that step', async () => {
  script('wipe', 'true');
  script('look', 'test ! -e left-behind || { echo "left-behind is there"; exit 1; }');
  const id = await pool({ clean: step('wipe'), verify: step('look') });
  writeFileSync(join(folder, 'left-behind'), 'x');
  await useOnce();
  await expect.poll(async () => (await resource(id))?.hold?.step, PATIENCE).toBe('look');
  expect((await resource(id))?.hold?.reason).toContain('It wrote last: left-behind is there');
  rmSync(join(folder, 'left-behind'));
  await keeper.ask({
    type: 'actOnResource',
    resource: id,
    action: 'retry',
    reason: 'it is gone now',
    by: 'ann',
  });
  await expect.poll(async () => (await resource(id))?.status, PATIENCE).toBe('free');
}, 30_000);
