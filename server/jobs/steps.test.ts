import type { JobOutcome, JobTicket, StepOutcome } from '@poolkeeper/core';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../logger.ts';
import { StepRefused } from '../steps/contract.ts';
import type { StepCall, StepExecutors, StepTools } from '../steps/contract.ts';
import { VirtualTime } from '../virtual-time.ts';
import { createJobRunner } from './job-runner.ts';
import type { LocalJobRunner } from './job-runner.ts';
import type { OpenInput, RemoteJobs } from './step-contract.ts';
import { STEPS_AT_ONCE_MAX } from './step-lane.ts';
import { aStepTicket, anExecutor, PASSED, readableLogs } from './test-steps.ts';

let time: VirtualTime;
let reports: { job: string; outcome: JobOutcome }[];
let logs: ReturnType<typeof readableLogs>;
let runner: LocalJobRunner;

const plainInput: OpenInput = ({ with: input }) => ({ input, secretValues: [] });

function start(executors: StepExecutors, more: { openInput?: OpenInput; remote?: RemoteJobs } = {}): void {
  runner = createJobRunner({
    providers: new Map(),
    clock: time,
    timers: time,
    random: () => 0.5,
    logger: silentLogger,
    report: (job, outcome) => {
      reports.push({ job, outcome });
      return Promise.resolve();
    },
    steps: { executors, logs, openInput: plainInput, ...more },
  });
}

beforeEach(() => {
  time = new VirtualTime(1_000_000);
  reports = [];
  logs = readableLogs();
});
afterEach(() => runner[Symbol.asyncDispose]());

async function outcomeOf(ticket: JobTicket): Promise<StepOutcome> {
  runner.accept(ticket);
  await time.advance(0);
  const outcome = reports.find(({ job }) => job === ticket.job.id)?.outcome;
  if (outcome?.result !== 'stepped')
    throw new Error(`it was not reported as a step: ${JSON.stringify(outcome)}`);
  return outcome.step;
}

/** Calls that stay open until a test ends them, or their signal does. */
function openCalls() {
  const calls: { step: StepCall; tools: StepTools; pass: () => void }[] = [];
  const executor = anExecutor(
    (step, tools) =>
      new Promise((resolve, reject) => {
        calls.push({ step, tools, pass: () => resolve(PASSED) });
        tools.signal.addEventListener('abort', () => reject(tools.signal.reason as Error));
      }),
  );
  return { calls, executor };
}

describe('an attempt', () => {
  test('that passes reports what it showed, and the digest and size of all that it put out', async () => {
    start({
      exec: anExecutor(async (_step, { output }) => {
        output('stdout', Buffer.from('wiping\n'));
        await Promise.resolve();
        output('stderr', Buffer.from('done\n'));
        return { ...PASSED, evidence: { files: 0 } };
      }),
    });
    expect(await outcomeOf(aStepTicket('j1'))).toEqual({
      isPassed: true,
      mayRetry: false,
      startedAt: 1_000_000,
      endedAt: 1_000_000,
      exitCode: 0,
      outputDigest: createHash('sha256').update('wiping\ndone\n').digest('hex'),
      outputBytes: 12,
      evidence: { files: 0 },
      error: null,
    });
    expect(logs.texts.get('run_j1/clean#1')).toBe('wiping\ndone\n');
  });

  test('is told what it is for, under the id of the job', async () => {
    const { calls, executor } = openCalls();
    start({ exec: executor });
    runner.accept(
      aStepTicket('j1', { with: { command: ['x'] }, holder: 'ann', lease: 'lse_1' }, { provider: 'p' }),
    );
    await time.advance(0);
    expect(calls[0]?.step).toMatchObject({
      uses: 'exec',
      input: { command: ['x'] },
      provider: 'p',
      run: 'run_j1',
      step: 'clean',
      holder: 'ann',
      lease: 'lse_1',
      idempotencyKey: 'j1',
    });
  });

  test.each([
    ['that throws may be made again', new Error('the disk is away'), true],
    ['that is refused may not', new StepRefused('there is no such program'), false],
  ])('%s', async (_what, error, mayRetry) => {
    start({ exec: anExecutor(() => Promise.reject(error)) });
    expect(await outcomeOf(aStepTicket('j1'))).toMatchObject({
      isPassed: false,
      mayRetry,
      exitCode: null,
      outputDigest: null,
      error: error.message,
    });
    expect(logs.texts.get('run_j1/clean#1')).toBe(`# ${error.message}\n`);
  });

  test('that takes too long is aborted, and says after what time', async () => {
    const { executor } = openCalls();
    start({ exec: executor });
    runner.accept(aStepTicket('j1', { timeoutMs: 5_000 }));
    await time.advance(4_999);
    expect(reports).toEqual([]);
    await time.advance(1);
    expect(reports[0]?.outcome).toMatchObject({
      step: { isPassed: false, mayRetry: true, error: 'The step clean did not end within 5 s.' },
    });
  });

  test('of a kind that nothing here does, or with input that can never do, is refused', async () => {
    start({ http: { check: () => 'with/url: url is missing', run: () => Promise.resolve(PASSED) } });
    expect(await outcomeOf(aStepTicket('j1', { uses: 'ssh' }))).toMatchObject({
      mayRetry: false,
      error: expect.stringContaining('Nothing here runs steps of kind ssh') as string,
    });
    expect(await outcomeOf(aStepTicket('j2', { uses: 'http' }))).toMatchObject({
      mayRetry: false,
      error: 'with/url: url is missing. Correct the workflow.',
    });
  });

  test('shows no more evidence than a record has room for', async () => {
    start({
      exec: anExecutor(() => Promise.resolve({ ...PASSED, evidence: { text: 'x'.repeat(5_000) } })),
    });
    expect(await outcomeOf(aStepTicket('j1'))).toMatchObject({ isPassed: true, evidence: null });
    expect(logs.texts.get('run_j1/clean#1')).toContain('# The evidence is left out');
  });

  test('counts and digests a flood that no log has room for', async () => {
    const chunk = Buffer.alloc(64 * 1_024, 'x');
    logs = { ...logs, open: () => ({ write: () => {}, close: () => Promise.resolve() }) };
    start({
      exec: anExecutor((_step, { output }) => {
        for (let sent = 0; sent < 1_600; sent += 1) output('stdout', chunk);
        return Promise.resolve(PASSED);
      }),
    });
    const before = process.memoryUsage().rss;
    expect(await outcomeOf(aStepTicket('j1'))).toMatchObject({ outputBytes: 104_857_600 });
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });
});

describe('secrets', () => {
  const openInput: OpenInput = ({ with: input }) => ({ input, secretValues: ['hunter2-secret'] });

  test('are in no output, error or evidence, also when a chunk ends within one', async () => {
    start(
      {
        exec: anExecutor((_step, { output }) => {
          output('stdout', Buffer.from('password=hunt'));
          output('stderr', Buffer.from('meanwhile '));
          output('stdout', Buffer.from('er2-secret!\n'));
          return Promise.resolve({
            isPassed: false,
            exitCode: 1,
            evidence: {
              'hunter2-secret': ['hunter2-secret', Buffer.from('hunter2-secret').toString('base64')],
            },
            error: 'hunter2-secret was wrong',
          });
        }),
      },
      { openInput },
    );
    const step = await outcomeOf(aStepTicket('j1'));
    expect(step.error).toBe('[secret] was wrong');
    expect(JSON.stringify(step)).not.toContain('hunter2');
    expect(step.evidence).toMatchObject({
      '[secret]': ['[secret]', expect.stringContaining('[secret]') as string],
    });
    const text = logs.texts.get('run_j1/clean#1') ?? '';
    expect(text).toContain('[secret]!');
    expect(text).not.toContain('er2-secret');
  });

  test('that cannot be opened hold the step, and nothing is run', async () => {
    const { calls, executor } = openCalls();
    start(
      { exec: executor },
      { openInput: () => Promise.reject(new StepRefused('There is no secret "key".')) },
    );
    expect(await outcomeOf(aStepTicket('j1'))).toMatchObject({
      mayRetry: false,
      error: 'There is no secret "key".',
    });
    expect(calls).toEqual([]);
  });
});

describe('the lane of steps', () => {
  test('runs a bounded number at once, and one at a time for a resource', async () => {
    const { calls, executor } = openCalls();
    start({ exec: executor });
    runner.accept(aStepTicket('a1', {}, { resource: 'res_x' }));
    runner.accept(aStepTicket('a2', {}, { resource: 'res_x' }));
    for (let n = 1; n <= STEPS_AT_ONCE_MAX + 5; n += 1) runner.accept(aStepTicket(`b${n}`));
    await time.advance(0);
    expect(calls).toHaveLength(STEPS_AT_ONCE_MAX);
    expect(runner.stepStatus()).toEqual({ running: STEPS_AT_ONCE_MAX, waiting: 7 });
    for (const { pass } of calls.slice()) pass();
    await time.advance(0);
    expect(calls.map(({ step }) => step.idempotencyKey)).toContain('a2');
    expect(runner.stepStatus()).toEqual({ running: 7, waiting: 0 });
  });

  test('waits for the instant of a job, and runs its next attempt', async () => {
    const { calls, executor } = openCalls();
    start({ exec: executor });
    runner.accept(aStepTicket('j1', {}, { notBefore: 1_005_000, attempts: 2 }));
    await time.advance(4_999);
    expect(calls).toEqual([]);
    await time.advance(1);
    expect(calls).toHaveLength(1);
    calls[0]?.tools.output('stdout', Buffer.from('third'));
    calls[0]?.pass();
    await time.advance(0);
    expect(logs.texts.get('run_j1/clean#3')).toBe('third');
  });

  test('stops a step that is no longer wanted, and reports nothing of it', async () => {
    const { calls, executor } = openCalls();
    start({ exec: executor });
    runner.accept(aStepTicket('j1'));
    await time.advance(0);
    runner.drop('j1');
    await time.advance(0);
    expect(calls[0]?.tools.signal.aborted).toBe(true);
    expect(reports).toEqual([]);
    expect(runner.stepStatus()).toEqual({ running: 0, waiting: 0 });
  });

  test('reports no attempt that ended with the runner', async () => {
    const { calls, executor } = openCalls();
    start({ exec: executor });
    runner.accept(aStepTicket('j1'));
    await time.advance(0);
    await runner[Symbol.asyncDispose]();
    expect(calls[0]?.tools.signal.aborted).toBe(true);
    expect(reports).toEqual([]);
  });
});

describe('a job for certain runners', () => {
  test('is handed on and not run here', async () => {
    const { calls, executor } = openCalls();
    const handed: string[] = [];
    const remote = {
      accept: ({ job }: JobTicket) => void handed.push(job.id),
      drop: (id: string) => void handed.push(`-${id}`),
    };
    start({ exec: executor }, { remote });
    runner.accept(aStepTicket('j1', {}, { runsOn: { site: 'lab' } }));
    runner.drop('j1');
    await time.advance(0);
    expect(handed).toEqual(['j1', '-j1']);
    expect(calls).toEqual([]);
  });

  test('waits where there is nobody to hand it to', async () => {
    const { calls, executor } = openCalls();
    start({ exec: executor });
    runner.accept(aStepTicket('j1', {}, { runsOn: { site: 'lab' } }));
    await time.advance(60_000);
    expect({ calls, reports }).toEqual({ calls: [], reports: [] });
  });
});

describe('a step that the provider does', () => {
  test('counts as a call of its account, and opens the breaker when it fails', async () => {
    start({ provider: anExecutor(() => Promise.reject(new Error('the cloud is away'))) });
    for (let n = 1; n <= 5; n += 1) await outcomeOf(aStepTicket(`p${n}`, { uses: 'provider' }));
    expect(runner.status()).toMatchObject([
      {
        provider: 'local',
        breaker: { state: 'open' },
        attempts: { transient: 5 },
        lastError: { message: 'the cloud is away' },
      },
    ]);
    runner.accept(aStepTicket('p6', { uses: 'provider' }));
    await time.advance(0);
    expect(reports).toHaveLength(5);
    expect(runner.stepStatus()).toEqual({ running: 0, waiting: 0 });
  });

  test('that is refused speaks against no account', async () => {
    start({ provider: anExecutor(() => Promise.reject(new StepRefused('no such action'))) });
    for (let n = 1; n <= 6; n += 1) await outcomeOf(aStepTicket(`p${n}`, { uses: 'provider' }));
    expect(runner.status()).toMatchObject([{ breaker: { state: 'closed' }, attempts: { refused: 6 } }]);
  });
});

test('what a step hides on its way is hidden from there on, in output, evidence and error', async () => {
  const key = 'a-key-made-just-now';
  start({
    provider: anExecutor((_step, tools) => {
      tools.output('stdout', Buffer.from('making one\n'));
      tools.hide([key]);
      tools.output('stdout', Buffer.from(`made ${key.slice(0, 6)}`));
      tools.output('stdout', Buffer.from(`${key.slice(6)}\n`));
      return Promise.resolve({
        isPassed: false,
        exitCode: null,
        evidence: { key },
        error: `no good: ${key}`,
      });
    }),
  });
  const { error, evidence } = await outcomeOf(aStepTicket('j1', { uses: 'provider' }));
  expect([error, evidence]).toEqual(['no good: [secret]', { key: '[secret]' }]);
  expect(logs.texts.get('run_j1/clean#1')).toBe('making one\nmade [secret]\n# no good: [secret]\n');
});
