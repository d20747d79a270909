import { describe, expect, test } from 'vitest';
import type { JobOutcome } from '@poolkeeper/core';
import { silentLogger } from '../logger.ts';
import { ProviderGone, ProviderRefused, ProviderTransient } from '../providers/contract.ts';
import type { Provider } from '../providers/contract.ts';
import { VirtualTime } from '../virtual-time.ts';
import type { ReportOutcome } from './contract.ts';
import { createJobRunner } from './job-runner.ts';
import type { LocalJobRunner } from './job-runner.ts';
import type { JobLimits } from './limits.ts';
import { aProvider, aSlowProvider, aTicket, anObservation } from './test-provider.ts';

type Bench = { runner: LocalJobRunner; time: VirtualTime; reported: [string, JobOutcome][] };

function aRunner(
  provider: Provider,
  options: { limits?: Partial<JobLimits>; report?: ReportOutcome } = {},
): Bench {
  const time = new VirtualTime();
  const reported: [string, JobOutcome][] = [];
  const runner = createJobRunner({
    providers: new Map([[provider.name, provider]]),
    clock: time,
    timers: time,
    random: () => 0,
    logger: silentLogger,
    limits: options.limits ?? {},
    report: async (jobId, outcome) => {
      reported.push([jobId, outcome]);
      await options.report?.(jobId, outcome);
    },
  });
  return { runner, time, reported };
}

const laneOf = (runner: LocalJobRunner) => runner.status()[0];

test('a creation and a destruction report what the provider answers', async () => {
  const { runner, time, reported } = aRunner(aProvider());
  runner.accept(aTicket('a', { resource: 'res_a' }));
  runner.accept(aTicket('b', { kind: 'destroy' }));
  await time.advance(0);
  expect(reported).toEqual([
    ['a', { result: 'created', observation: anObservation({ resource: 'res_a' }) }],
    ['b', { result: 'gone' }],
  ]);
  expect(laneOf(runner)?.attempts).toMatchObject({ created: 1, gone: 1, transient: 0 });
  expect(time.pending).toBe(0);
});

test('the request carries the id of the job as its idempotency key', async () => {
  const keys: string[] = [];
  const { runner, time } = aRunner(
    aProvider({
      create: ({ idempotencyKey, resource }) => {
        keys.push(idempotencyKey);
        return Promise.resolve(anObservation({ resource: resource.id }));
      },
    }),
  );
  runner.accept(aTicket('a'));
  await time.advance(0);
  runner.accept(aTicket('a', { attempts: 1 }));
  await time.advance(0);
  expect(keys).toEqual(['a', 'a']);
});

describe('waiting', () => {
  test('a job does not start before its instant, and a new instant replaces the old one', async () => {
    const { runner, time, reported } = aRunner(aProvider());
    runner.accept(aTicket('a', { notBefore: time.now() + 1_000 }));
    runner.accept(aTicket('a', { notBefore: time.now() + 5_000 }));
    await time.advance(4_999);
    expect(reported).toEqual([]);
    expect(laneOf(runner)).toMatchObject({ waiting: 1, running: 0 });
    await time.advance(1);
    expect(reported).toHaveLength(1);
    expect(laneOf(runner)).toMatchObject({ waiting: 0, running: 0 });
  });

  test('a job may also be brought forward', async () => {
    const { runner, time, reported } = aRunner(aProvider());
    runner.accept(aTicket('a', { notBefore: time.now() + 50_000 }));
    runner.accept(aTicket('a', { notBefore: time.now() + 10 }));
    await time.advance(10);
    expect(reported).toHaveLength(1);
  });

  test('a dropped job never starts', async () => {
    const { runner, time, reported } = aRunner(aProvider());
    runner.accept(aTicket('a', { notBefore: time.now() + 10 }));
    runner.drop('a');
    runner.drop('unknown');
    await time.advance(100);
    expect(reported).toEqual([]);
    expect(laneOf(runner)?.waiting).toBe(0);
  });

  test('a job beyond the bound is reported as exhausted instead of being kept', async () => {
    const { runner, time, reported } = aRunner(aProvider(), { limits: { waitingMax: 1 } });
    const notBefore = time.now() + 1_000;
    runner.accept(aTicket('a', { notBefore }));
    runner.accept(aTicket('b', { notBefore }));
    runner.accept(aTicket('a', { notBefore: notBefore + 1 }));
    await time.advance(0);
    expect(reported).toMatchObject([['b', { result: 'failed', reason: 'exhausted' }]]);
    expect(laneOf(runner)?.waiting).toBe(1);
  });
});

describe('one at a time', () => {
  test('a resource has one job under way, and its other jobs hold nobody up', async () => {
    const { provider, calls } = aSlowProvider();
    const { runner, time } = aRunner(provider);
    runner.accept(aTicket('a', { resource: 'res_1' }));
    runner.accept(aTicket('b', { resource: 'res_1' }));
    runner.accept(aTicket('c', { resource: 'res_2' }));
    await time.advance(0);
    expect(calls.map(({ resource }) => resource)).toEqual(['res_1', 'res_2']);
    calls[0]?.succeed();
    await time.advance(0);
    expect(calls.map(({ resource }) => resource)).toEqual(['res_1', 'res_2', 'res_1']);
  });

  test('the next job of a resource waits until the outcome of the last one is durable', async () => {
    const report = Promise.withResolvers<void>();
    const { provider, calls } = aSlowProvider();
    const { runner, time } = aRunner(provider, { report: () => report.promise });
    runner.accept(aTicket('a', { resource: 'res_1' }));
    runner.accept(aTicket('b', { resource: 'res_1' }));
    await time.advance(0);
    calls[0]?.succeed();
    await time.advance(100);
    expect(calls).toHaveLength(1);
    report.resolve();
    await time.advance(0);
    expect(calls).toHaveLength(2);
  });

  test('a job that is under way is not started twice', async () => {
    const { provider, calls } = aSlowProvider();
    const { runner, time, reported } = aRunner(provider);
    runner.accept(aTicket('a'));
    await time.advance(0);
    runner.accept(aTicket('a'));
    await time.advance(0);
    calls[0]?.succeed();
    await time.advance(1_000);
    expect(calls).toHaveLength(1);
    expect(reported).toHaveLength(1);
  });

  test('the next attempt is taken while the outcome of the last one is still being reported', async () => {
    const bench: Bench = aRunner(aProvider({ create: () => Promise.reject(new ProviderTransient('no')) }), {
      report: (jobId) => {
        if (bench.reported.length < 3) {
          bench.runner.accept(
            aTicket(jobId, { attempts: bench.reported.length, notBefore: bench.time.now() + 100 }),
          );
        }
        return Promise.resolve();
      },
    });
    bench.runner.accept(aTicket('a'));
    await bench.time.advance(1_000);
    expect(bench.reported).toHaveLength(3);
  });

  test('a job whose outcome was refused by a stopped keeper can be handed over again', async () => {
    let isStopped = true;
    const { runner, time, reported } = aRunner(aProvider(), {
      report: () => (isStopped ? Promise.reject(new Error('stopped')) : Promise.resolve()),
    });
    runner.accept(aTicket('a'));
    await time.advance(0);
    isStopped = false;
    runner.accept(aTicket('a'));
    await time.advance(0);
    expect(reported).toHaveLength(2);
    expect(laneOf(runner)).toMatchObject({ running: 0, waiting: 0 });
  });
});

describe('limits of a provider', () => {
  test('so many calls at once and no more', async () => {
    const { provider, calls } = aSlowProvider();
    const { runner, time } = aRunner(provider, { limits: { concurrency: 2 } });
    for (const id of ['a', 'b', 'c', 'd']) runner.accept(aTicket(id));
    await time.advance(0);
    expect(calls).toHaveLength(2);
    expect(laneOf(runner)).toMatchObject({ running: 2, waiting: 2 });
    calls[0]?.succeed();
    await time.advance(0);
    expect(calls.map(({ resource }) => resource)).toEqual(['res_a', 'res_b', 'res_c']);
  });

  test('a burst, then a steady rate', async () => {
    const startedAt: number[] = [];
    const time = new VirtualTime(0);
    const runner = createJobRunner({
      providers: new Map([
        [
          'local',
          aProvider({
            destroy: () => {
              startedAt.push(time.now());
              return Promise.resolve('gone');
            },
          }),
        ],
      ]),
      clock: time,
      timers: time,
      random: () => 0,
      logger: silentLogger,
      report: () => Promise.resolve(),
      limits: { burst: 3, ratePerSecond: 10 },
    });
    for (let n = 0; n < 6; n += 1) runner.accept(aTicket(`j${n}`, { kind: 'destroy' }));
    await time.advance(1_000);
    expect(startedAt).toEqual([0, 0, 0, 100, 200, 300]);
  });

  test('providers do not hold each other up', async () => {
    const slow = aSlowProvider();
    const reported: string[] = [];
    const time = new VirtualTime();
    const runner = createJobRunner({
      providers: new Map([
        ['slow', slow.provider],
        ['quick', aProvider({ name: 'quick' })],
      ]),
      clock: time,
      timers: time,
      random: () => 0,
      logger: silentLogger,
      limits: { concurrency: 1 },
      report: (jobId) => {
        reported.push(jobId);
        return Promise.resolve();
      },
    });
    runner.accept(aTicket('a', { provider: 'slow' }));
    runner.accept(aTicket('b', { provider: 'quick' }));
    await time.advance(0);
    expect(reported).toEqual(['b']);
  });

  test('the breaker opens after failures in a row; while it is open jobs wait and burn no attempts', async () => {
    let isSick = true;
    let calls = 0;
    const { runner, time, reported } = aRunner(
      aProvider({
        create: ({ resource }) => {
          calls += 1;
          return isSick
            ? Promise.reject(new ProviderTransient('sick'))
            : Promise.resolve(anObservation({ resource: resource.id }));
        },
      }),
    );
    for (let n = 0; n < 5; n += 1) runner.accept(aTicket(`j${n}`));
    await time.advance(0);
    expect(laneOf(runner)?.breaker).toMatchObject({ state: 'open', failures: 5 });
    for (let n = 5; n < 10; n += 1) runner.accept(aTicket(`j${n}`));
    await time.advance(4_999);
    expect(calls).toBe(5);
    await time.advance(1);
    expect(calls, 'one probe').toBe(6);
    expect(laneOf(runner)).toMatchObject({ waiting: 4, breaker: { state: 'open' } });
    isSick = false;
    await time.advance(10_000);
    expect(laneOf(runner)).toMatchObject({ waiting: 0, breaker: { state: 'closed' } });
    expect(reported.filter(([, outcome]) => outcome.result === 'created')).toHaveLength(4);
  });

  test('refusals say that the provider answers, so they do not open the breaker', async () => {
    const { runner, time, reported } = aRunner(
      aProvider({ create: () => Promise.reject(new ProviderRefused('wrong template')) }),
    );
    for (let n = 0; n < 10; n += 1) runner.accept(aTicket(`j${n}`));
    await time.advance(0);
    expect(reported).toHaveLength(10);
    expect(laneOf(runner)?.breaker).toMatchObject({ state: 'closed', failures: 0 });
  });
});

describe('calls that do not end', () => {
  test('a call over its time is aborted and counts as transient', async () => {
    const { provider, calls } = aSlowProvider({ heedsAbort: true });
    const { runner, time, reported } = aRunner(provider, { limits: { createMs: 1_000 } });
    runner.accept(aTicket('a'));
    await time.advance(999);
    expect(calls[0]?.signal.aborted).toBe(false);
    await time.advance(1);
    expect(reported).toEqual([
      [
        'a',
        {
          result: 'failed',
          reason: 'transient',
          error: 'The create call of provider local did not end within 1 s.',
        },
      ],
    ]);
    expect(time.pending).toBe(0);
  });

  test('a call that ignores its abort is left alone after the grace, and its place is free again', async () => {
    const { provider, calls } = aSlowProvider();
    const { runner, time, reported } = aRunner(provider, { limits: { createMs: 1_000, concurrency: 1 } });
    runner.accept(aTicket('a'));
    runner.accept(aTicket('b'));
    await time.advance(5_999);
    expect(reported).toEqual([]);
    await time.advance(1);
    expect(reported).toMatchObject([['a', { result: 'failed', reason: 'transient' }]]);
    expect(calls).toHaveLength(2);
  });

  test('what a call answers within the grace counts', async () => {
    const { provider, calls } = aSlowProvider();
    const { runner, time, reported } = aRunner(provider, { limits: { createMs: 1_000 } });
    runner.accept(aTicket('a'));
    await time.advance(2_000);
    calls[0]?.succeed();
    await time.advance(0);
    expect(reported).toMatchObject([['a', { result: 'created' }]]);
    expect(time.pending).toBe(0);
  });
});

describe('what errors mean', () => {
  const outcomeOf = async (
    provider: Provider,
    kind: 'create' | 'destroy',
  ): Promise<JobOutcome | undefined> => {
    const { runner, time, reported } = aRunner(provider);
    runner.accept(aTicket('a', { kind, template: { env: { KEY: 'hunter22' } } }));
    await time.advance(0);
    return reported[0]?.[1];
  };

  test('a thing that is gone is destroyed, but not created', async () => {
    const gone = (): Promise<never> => Promise.reject(new ProviderGone('not there'));
    expect(await outcomeOf(aProvider({ destroy: gone }), 'destroy')).toEqual({ result: 'gone' });
    expect(await outcomeOf(aProvider({ create: gone }), 'create')).toMatchObject({ reason: 'transient' });
  });

  test('a provider that throws instead of rejecting is a failure too', async () => {
    const provider = aProvider({
      create: () => {
        throw new TypeError('a defect with hunter22');
      },
    });
    expect(await outcomeOf(provider, 'create')).toEqual({
      result: 'failed',
      reason: 'transient',
      error: 'a defect with [KEY]',
    });
  });

  test('a job of a provider that is not configured is refused with what to do', async () => {
    const outcome = await outcomeOf(aProvider({ name: 'another' }), 'create');
    expect(outcome).toMatchObject({ result: 'failed', reason: 'refused' });
    expect(outcome).toHaveProperty('error', expect.stringContaining('Provider local is not configured'));
  });
});

test('disposing aborts what is under way, reports nothing of it and leaves no timer', async () => {
  const { provider, calls } = aSlowProvider({ heedsAbort: true });
  const { runner, time, reported } = aRunner(provider);
  runner.accept(aTicket('a'));
  runner.accept(aTicket('b', { notBefore: time.now() + 1_000 }));
  await time.advance(0);
  await runner[Symbol.asyncDispose]();
  expect(calls[0]?.signal.aborted).toBe(true);
  runner.accept(aTicket('c'));
  runner.accept(aTicket('d', { provider: 'another' }));
  await time.advance(10_000);
  expect(calls).toHaveLength(1);
  expect(reported).toEqual([]);
  expect(time.pending).toBe(0);
});

describe('what clients ask of one machine', () => {
  const asked: string[] = [];
  const members: NonNullable<Provider['members']> = {
    attach: ({ externalId, resource }) => {
      asked.push(`attach ${externalId} as ${resource.name} of ${resource.pool}`);
      return Promise.resolve(anObservation({ resource: resource.id, externalId }));
    },
    detach: ({ externalId, idempotencyKey }) =>
      externalId === 'i-0'
        ? Promise.reject(new ProviderGone('there is no machine i-0'))
        : Promise.resolve(void asked.push(`detach ${externalId} with ${idempotencyKey}`)),
    mark: ({ externalId, marks }) =>
      Promise.resolve(void asked.push(`mark ${externalId} ${JSON.stringify(marks)}`)),
  };
  const of = (id: string, kind: 'attach' | 'detach' | 'mark', externalId = 'i-7') => ({
    ...aTicket(id, { kind, ...(kind === 'mark' ? { marks: { serviceState: 'BOOTING' as const } } : {}) }),
    externalId,
  });

  test('goes to the provider that keeps members', async () => {
    const { runner, time, reported } = aRunner(aProvider({ members }));
    for (const ticket of [of('a', 'attach'), of('b', 'detach'), of('c', 'mark')]) runner.accept(ticket);
    await time.advance(0);
    expect(asked.splice(0).toSorted()).toEqual([
      'attach i-7 as res_a of web',
      'detach i-7 with b',
      'mark i-7 {"serviceState":"BOOTING"}',
    ]);
    expect(reported.map(([, { result }]) => result)).toEqual(['created', 'done', 'done']);
  });

  test('of a machine that is not there says so, which speaks against no account', async () => {
    const { runner, time, reported } = aRunner(aProvider({ members }));
    for (let n = 0; n < 10; n += 1) runner.accept(of(`job-${n}`, 'detach', 'i-0'));
    await time.advance(0);
    expect(reported[0]?.[1]).toEqual({
      result: 'failed',
      reason: 'missing',
      error: 'there is no machine i-0',
    });
    expect([reported.length, laneOf(runner)?.breaker.state]).toEqual([10, 'closed']);
  });

  test('is refused by a provider that keeps none', async () => {
    const { runner, time, reported } = aRunner(aProvider());
    runner.accept(of('a', 'attach'));
    await time.advance(0);
    expect(reported[0]?.[1]).toEqual({
      result: 'failed',
      reason: 'refused',
      error: 'Provider local cannot attach a machine: its driver, test, does not.',
    });
  });
});
