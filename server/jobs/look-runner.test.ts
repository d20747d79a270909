import { expect, test } from 'vitest';
import { silentLogger } from '../logger.ts';
import { ProviderTransient } from '../providers/contract.ts';
import { VirtualTime } from '../virtual-time.ts';
import type { LookTicket, ReportLook } from './contract.ts';
import { createJobRunner } from './job-runner.ts';
import type { JobLimits } from './limits.ts';
import { aProvider, anObservation } from './test-provider.ts';

type Seen = Parameters<ReportLook>[0];

/** A runner of one provider, and what it reports of looks. */
function aRunner(
  observe: NonNullable<Parameters<typeof aProvider>[0]>['observe'],
  options: { report?: ReportLook; limits?: Partial<JobLimits> } = {},
) {
  const time = new VirtualTime();
  const seen: Seen[] = [];
  const runner = createJobRunner({
    providers: new Map([['local', aProvider(observe === undefined ? {} : { observe })]]),
    clock: time,
    timers: time,
    random: () => 0,
    logger: silentLogger,
    limits: options.limits ?? {},
    report: () => Promise.resolve(),
    reportLook: async (look) => {
      seen.push(look);
      await options.report?.(look);
    },
  });
  return { runner, time, seen };
}

function aLook(more: Partial<LookTicket> = {}): LookTicket {
  return { upkeep: 'web', provider: 'local', number: 1, failures: 0, notBefore: 0, ...more };
}

test('a look lists everything that the provider has, also what bears no tag of a resource', async () => {
  const things = [anObservation(), { ...anObservation(), resource: null, externalId: 'i-2' }];
  const { runner, time, seen } = aRunner(() => Promise.resolve(things));
  runner.look('web', aLook({ notBefore: time.now() + 5_000 }));
  await time.advance(4_999);
  expect(seen).toEqual([]);
  await time.advance(1);
  expect(seen).toEqual([
    { upkeep: 'web', number: 1, startedAt: 1_005_000, outcome: { result: 'seen', things } },
  ]);
  expect(time.pending).toBe(0);
});

test('an attempt is made once, however often it is handed out, and again after it failed', async () => {
  let calls = 0;
  const { runner, time, seen } = aRunner(() => {
    calls += 1;
    return Promise.reject(new ProviderTransient('the cloud is away'));
  });
  runner.look('web', aLook());
  runner.look('web', aLook());
  await time.advance(0);
  expect(calls).toBe(1);
  expect(seen[0]?.outcome).toEqual({ result: 'failed', error: 'the cloud is away' });
  runner.look('web', aLook({ failures: 1, notBefore: time.now() + 3_000 }));
  await time.advance(3_000);
  expect(calls).toBe(2);
});

test('an outcome that was not taken is made again when it is handed out again', async () => {
  const { runner, time, seen } = aRunner(() => Promise.resolve([]), {
    report: () => Promise.reject(new Error('the keeper stops')),
  });
  runner.look('web', aLook());
  await time.advance(0);
  runner.look('web', aLook());
  await time.advance(0);
  expect(seen).toHaveLength(2);
});

test('a look that is not wanted any more is ended and not reported', async () => {
  const signals: AbortSignal[] = [];
  const { runner, time, seen } = aRunner(
    (signal) =>
      new Promise((_resolve, reject) => {
        signals.push(signal);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  runner.look('web', aLook());
  await time.advance(0);
  runner.look('web', null);
  await time.advance(0);
  expect([signals[0]?.aborted, seen, time.pending]).toEqual([true, [], 0]);
  runner.look('web', aLook({ number: 2 }));
  await time.advance(0);
  await runner[Symbol.asyncDispose]();
  expect([signals[1]?.aborted, seen, time.pending]).toEqual([true, [], 0]);
});

test('a look that takes too long failed, and says so', async () => {
  const { runner, time, seen } = aRunner((signal) => {
    return new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error)),
    );
  });
  runner.look('web', aLook());
  await time.advance(0);
  await time.advance(30_000);
  expect(seen[0]?.outcome).toEqual({
    result: 'failed',
    error: 'The observe call of provider local did not end within 30 s.',
  });
});

test('looks count against the rate of the account', async () => {
  let calls = 0;
  const observe = (): Promise<[]> => Promise.resolve([]).finally(() => (calls += 1)) as Promise<[]>;
  const { runner, time } = aRunner(observe, { limits: { ratePerSecond: 1, burst: 1 } });
  runner.look('web', aLook());
  runner.look('api', aLook({ upkeep: 'api' }));
  await time.advance(0);
  expect(calls).toBe(1);
  await time.advance(1_000);
  expect(calls).toBe(2);
});

test('a provider that is not there any more cannot be looked at', async () => {
  const { runner, time, seen } = aRunner(() => Promise.resolve([]));
  runner.look('web', aLook({ provider: 'gone' }));
  await time.advance(0);
  expect(seen[0]?.outcome).toMatchObject({
    result: 'failed',
    error: 'Provider gone is not configured any more.',
  });
});

test('an attempt whose outcome was not taken is made again in a while, as nobody else asks for it', async () => {
  let refusals = 1;
  const report: ReportLook = () =>
    (refusals -= 1) < 0 ? Promise.resolve() : Promise.reject(new Error('too many commands wait'));
  const { runner, time, seen } = aRunner(() => Promise.resolve([]), { report });
  runner.look('web', aLook());
  await time.advance(0);
  expect(seen).toHaveLength(1);
  await time.advance(5_000);
  expect(seen).toHaveLength(2);
  await time.advance(60_000);
  expect([seen.length, time.pending]).toEqual([2, 0]);
});
