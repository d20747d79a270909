import { expect, test } from 'vitest';
import type { JobOutcome } from '@poolkeeper/core';
import { silentLogger } from '../logger.ts';
import { ProviderExhausted, ProviderTransient } from '../providers/contract.ts';
import type { Provider } from '../providers/contract.ts';
import { sleep } from '../timers.ts';
import { VirtualTime } from '../virtual-time.ts';
import { createJobRunner } from './job-runner.ts';
import type { LocalJobRunner } from './job-runner.ts';
import type { JobLimits } from './limits.ts';
import { startObserver } from './observer.ts';
import { aProvider, aTicket, anObservation } from './test-provider.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
/** How long each call of the account takes, in milliseconds. */
const LATENCY_MS = 10;

/** An account with room for so many, that counts what is asked of it. */
class Account {
  quota: number;
  readonly things = new Set<string>();
  readonly createdAt: number[] = [];
  readonly refusedAt: number[] = [];
  readonly destroyedAt: number[] = [];
  readonly lookedAt: number[] = [];
  /** What a creation fails with, instead of everything else. */
  fault: (() => Error) | undefined;
  readonly #time: VirtualTime;

  constructor(time: VirtualTime, quota: number) {
    this.#time = time;
    this.quota = quota;
  }

  readonly provider: Provider = aProvider({
    create: async ({ resource }) => {
      await sleep(this.#time, LATENCY_MS);
      if (this.fault !== undefined) throw this.fault();
      if (this.things.size >= this.quota) {
        this.refusedAt.push(this.#time.now());
        throw new ProviderExhausted(`The quota of ${this.quota} is used up.`);
      }
      this.things.add(resource.id);
      this.createdAt.push(this.#time.now());
      return anObservation({ resource: resource.id });
    },
    destroy: async ({ resource }) => {
      await sleep(this.#time, LATENCY_MS);
      this.things.delete(resource.id);
      this.destroyedAt.push(this.#time.now());
      return 'gone';
    },
    observe: async () => {
      this.lookedAt.push(this.#time.now());
      return [];
    },
  });
}

type Bench = { time: VirtualTime; account: Account; runner: LocalJobRunner; failed: string[] };

/** A runner on the account; a job that failed comes back as the core hands it out: after a while that grows. */
function aBench(quota: number, limits: Partial<JobLimits> = {}): Bench {
  const time = new VirtualTime(0);
  const account = new Account(time, quota);
  const failed: string[] = [];
  const attempts = new Map<string, number>();
  const report = async (jobId: string, outcome: JobOutcome): Promise<void> => {
    if (outcome.result !== 'failed') return;
    failed.push(jobId);
    const tries = (attempts.get(jobId) ?? 0) + 1;
    attempts.set(jobId, tries);
    runner.accept(aTicket(jobId, { attempts: tries, notBefore: time.now() + 500 * 2 ** Math.min(tries, 7) }));
  };
  const runner = createJobRunner({
    providers: new Map([['local', account.provider]]),
    clock: time,
    timers: time,
    random: () => 0,
    logger: silentLogger,
    limits,
    report,
  });
  return { time, account, runner, failed };
}

const statusOf = (runner: LocalJobRunner) => runner.status()[0];
const within = (instants: readonly number[], from: number, to: number): number =>
  instants.filter((at) => at >= from && at < to).length;

test('ten thousand wanted on a quota of a hundred cost the account a handful of refusals a minute (J8)', async () => {
  const { time, account, runner, failed } = aBench(100, { ratePerSecond: 1_000, burst: 1_000 });
  for (let n = 0; n < 10_000; n += 1) runner.accept(aTicket(`j${n}`));
  await time.advance(10 * MINUTE);
  expect(account.things.size).toBe(100);
  expect(within(account.refusedAt, 0, MINUTE)).toBeLessThanOrEqual(8 + 4);
  for (let minute = 1; minute < 10; minute += 1) {
    const refused = within(account.refusedAt, minute * MINUTE, (minute + 1) * MINUTE);
    expect(refused, `in minute ${minute}`).toBeGreaterThanOrEqual(1);
    expect(refused, `in minute ${minute}`).toBeLessThanOrEqual(2);
  }
  expect(failed.length, 'jobs that wait do not fail').toBe(account.refusedAt.length);
  expect(statusOf(runner)).toMatchObject({
    waiting: 9_900,
    breaker: { state: 'closed', failures: 0 },
    filling: { isPaused: true },
  });
});

test('a quota that is raised is found within the longest pause, and used in full', async () => {
  const { time, account, runner } = aBench(10);
  for (let n = 0; n < 50; n += 1) runner.accept(aTicket(`j${n}`));
  await time.advance(10 * MINUTE);
  account.quota = 50;
  await time.advance(2 * MINUTE);
  expect(account.things.size).toBe(50);
  expect(statusOf(runner)).toMatchObject({ waiting: 0, filling: { isPaused: false, pausedUntil: null } });
});

test('an account that nothing is wanted of any more is not shown as paused', async () => {
  const { time, account, runner } = aBench(1);
  for (const id of ['a', 'b', 'c']) runner.accept(aTicket(id));
  await time.advance(SECOND);
  expect(account.refusedAt).toHaveLength(2);
  expect(statusOf(runner)?.filling.isPaused).toBe(true);
  for (const id of ['b', 'c']) runner.drop(id);
  expect(statusOf(runner)?.filling).toEqual({ isPaused: false, pausedUntil: null });
});

test('a destruction goes through while filling is paused, and what it frees is filled at once (J8)', async () => {
  const { time, account, runner } = aBench(3);
  for (let n = 0; n < 10; n += 1) runner.accept(aTicket(`j${n}`));
  await time.advance(10 * MINUTE);
  const refused = account.refusedAt.length;
  const [resource = ''] = account.things;
  runner.accept({ ...aTicket('d', { kind: 'destroy', resource }), externalId: 'ext-1' });
  const from = time.now();
  await time.advance(2 * LATENCY_MS);
  expect(account.destroyedAt).toEqual([from + LATENCY_MS]);
  expect(account.createdAt.at(-1)).toBe(from + 2 * LATENCY_MS);
  expect(account.things.size).toBe(3);
  expect(account.refusedAt.length, 'nothing is tried in vain').toBe(refused);
});

test('the end of what never existed frees nothing: thousands of them let no creation through', async () => {
  const { time, account, runner } = aBench(1, { ratePerSecond: 10_000, burst: 10_000 });
  for (let n = 0; n < 3_000; n += 1) runner.accept(aTicket(`j${n}`));
  await time.advance(5 * MINUTE);
  const refused = account.refusedAt.length;
  for (let n = 0; n < 1_000; n += 1) runner.accept(aTicket(`d${n}`, { kind: 'destroy' }));
  await time.advance(5 * SECOND);
  expect(account.destroyedAt).toHaveLength(1_000);
  expect(account.refusedAt).toHaveLength(refused);
});

test('an account that others fill up again sees few refusals however much is destroyed on it', async () => {
  const { time, account, runner } = aBench(0);
  for (let n = 0; n < 100; n += 1) runner.accept(aTicket(`j${n}`));
  await time.advance(5 * MINUTE);
  const from = time.now();
  for (let n = 0; n < 600; n += 1) {
    runner.accept({ ...aTicket(`d${n}`, { kind: 'destroy' }), externalId: `ext-${n}` });
    await time.advance(100);
  }
  expect(within(account.refusedAt, from, from + MINUTE)).toBeLessThanOrEqual(MINUTE / (5 * SECOND) + 1);
});

test('being throttled is told apart from a quota: it opens the breaker and pauses no filling (J9)', async () => {
  const { time, account, runner } = aBench(100);
  account.fault = () => new ProviderTransient('Slow down.');
  for (let n = 0; n < 20; n += 1) runner.accept(aTicket(`j${n}`));
  await time.advance(LATENCY_MS);
  expect(statusOf(runner)).toMatchObject({
    breaker: { state: 'open' },
    filling: { isPaused: false },
    attempts: { exhausted: 0 },
  });
});

test('a probe that finds no room closes the breaker: the account answers', async () => {
  const { time, account, runner } = aBench(0);
  account.fault = () => new ProviderTransient('Slow down.');
  for (let n = 0; n < 8; n += 1) runner.accept(aTicket(`j${n}`));
  await time.advance(LATENCY_MS);
  account.fault = undefined;
  await time.advance(5 * SECOND + LATENCY_MS);
  expect(statusOf(runner)).toMatchObject({ breaker: { state: 'closed' }, filling: { isPaused: true } });
});

test('looks and jobs share the rate and take turns, so neither waits for more than one of the other (J10)', async () => {
  const { time, account, runner } = aBench(1_000, { ratePerSecond: 1, burst: 1 });
  for (let n = 0; n < 100; n += 1) runner.accept(aTicket(`j${n}`));
  const observer = startObserver({
    providers: [account.provider],
    clock: time,
    timers: time,
    logger: silentLogger,
    limits: { everyMs: 10 },
    report: () => Promise.resolve(),
    admit: (provider, signal) => runner.admitLook(provider, signal),
  });
  await time.advance(MINUTE - 1);
  expect(account.lookedAt.length + account.createdAt.length).toBe(60);
  expect(account.lookedAt.length).toBeGreaterThanOrEqual(29);
  expect(account.createdAt.length).toBeGreaterThanOrEqual(29);
  await observer[Symbol.asyncDispose]();
});

test('a look that waits for the rate ends with the observer, and leaves no timer', async () => {
  const { time, account, runner } = aBench(1_000, { ratePerSecond: 0.01, burst: 1 });
  runner.accept(aTicket('a'));
  await time.advance(0);
  const observer = startObserver({
    providers: [account.provider],
    clock: time,
    timers: time,
    logger: silentLogger,
    report: () => Promise.resolve(),
    admit: (provider, signal) => runner.admitLook(provider, signal),
  });
  await time.advance(SECOND);
  await observer[Symbol.asyncDispose]();
  await runner[Symbol.asyncDispose]();
  expect(account.lookedAt).toEqual([]);
  expect(observer.status()[0]).toMatchObject({ failuresTotal: 0 });
  expect(time.pending).toBe(0);
});

test('waits for the rate are counted, other waits are not', async () => {
  const { time, runner } = aBench(100, { ratePerSecond: 10, burst: 1 });
  runner.accept(aTicket('late', { notBefore: 30 * SECOND }));
  await time.advance(10 * SECOND);
  expect(statusOf(runner)?.rate).toEqual({ waits: 0, waitedMs: 0 });
  for (const id of ['a', 'b', 'c']) runner.accept(aTicket(id));
  await time.advance(SECOND);
  expect(statusOf(runner)?.rate).toEqual({ waits: 2, waitedMs: 200 });
});

test('new limits hold at once, for what waits too', async () => {
  const { time, account, runner } = aBench(1_000);
  runner.setLimits('local', { ratePerSecond: 1 });
  for (let n = 0; n < 100; n += 1) runner.accept(aTicket(`j${n}`));
  await time.advance(10 * SECOND + LATENCY_MS);
  expect(account.createdAt).toHaveLength(11);
  runner.setLimits('local', { ratePerSecond: 1_000, concurrency: 2, failures: 9, pauseMs: 2_000 });
  expect(statusOf(runner)?.limits).toEqual({
    concurrency: 2,
    ratePerSecond: 1_000,
    burst: 1_000,
    failures: 9,
    pauseMs: 2_000,
  });
  await time.advance(SECOND);
  expect(account.createdAt).toHaveLength(100);
  runner.setLimits('local', {});
  expect(statusOf(runner)?.limits).toEqual({
    concurrency: 8,
    ratePerSecond: 50,
    burst: 50,
    failures: 5,
    pauseMs: 5_000,
  });
});

test('fewer places are taken up as jobs end, more at once', async () => {
  const time = new VirtualTime(0);
  const ends: (() => void)[] = [];
  const runner = createJobRunner({
    providers: new Map([
      [
        'local',
        aProvider({
          create: ({ resource }) =>
            new Promise((resolve) => ends.push(() => resolve(anObservation({ resource: resource.id })))),
        }),
      ],
    ]),
    clock: time,
    timers: time,
    random: () => 0,
    logger: silentLogger,
    report: () => Promise.resolve(),
  });
  runner.setLimits('local', { concurrency: 2 });
  for (let n = 0; n < 10; n += 1) runner.accept(aTicket(`j${n}`));
  await time.advance(0);
  runner.setLimits('local', { concurrency: 4 });
  await time.advance(0);
  expect(statusOf(runner)?.running).toBe(4);
  runner.setLimits('local', { concurrency: 1 });
  for (const end of ends.slice(0, 3)) end();
  await time.advance(0);
  expect(statusOf(runner)?.running).toBe(1);
});

test('every attempt is told with its result and time', async () => {
  const time = new VirtualTime(0);
  const told: object[] = [];
  const runner = createJobRunner({
    providers: new Map([
      [
        'local',
        aProvider({
          create: () =>
            new Promise((_resolve, reject) => time.set(70, () => reject(new ProviderExhausted('none')))),
        }),
      ],
    ]),
    clock: time,
    timers: time,
    random: () => 0,
    logger: silentLogger,
    report: () => Promise.resolve(),
    called: (call) => void told.push(call),
  });
  runner.accept(aTicket('a'));
  await time.advance(100);
  expect(told).toEqual([{ provider: 'local', call: 'create', result: 'exhausted', durationMs: 70 }]);
});
