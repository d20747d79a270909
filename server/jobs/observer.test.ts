import { expect, test } from 'vitest';
import { silentLogger } from '../logger.ts';
import type { Provider } from '../providers/contract.ts';
import { VirtualTime } from '../virtual-time.ts';
import { startObserver } from './observer.ts';
import type { Observer, Sweep } from './observer.ts';
import { aProvider, anObservation } from './test-provider.ts';

type Watch = { observer: Observer; time: VirtualTime; sweeps: Sweep[] };

function watch(
  providers: Provider[],
  report: (sweep: Sweep) => Promise<void> = () => Promise.resolve(),
): Watch {
  const time = new VirtualTime(0);
  const sweeps: Sweep[] = [];
  const observer = startObserver({
    providers,
    clock: time,
    timers: time,
    logger: silentLogger,
    report: (sweep) => {
      sweeps.push(sweep);
      return report(sweep);
    },
  });
  return { observer, time, sweeps };
}

test('a making provider is looked at at once, then again and again; one by hand never', async () => {
  const { time, sweeps, observer } = watch([
    aProvider({ observe: () => Promise.resolve([anObservation()]) }),
    aProvider({ name: 'hand', makes: false }),
  ]);
  await time.advance(4_000);
  expect(sweeps).toEqual(
    [0, 2_000, 4_000].map((startedAt) => ({
      provider: 'local',
      startedAt,
      observations: [anObservation()],
    })),
  );
  expect(observer.status()).toEqual([
    {
      provider: 'local',
      sweeps: 3,
      failures: 0,
      failuresTotal: 0,
      lastSweepAt: 4_000,
      observed: 1,
      lastError: null,
    },
  ]);
});

test('changes are looked at soon, and together', async () => {
  let change = (): void => expect.unreachable();
  const { time, sweeps } = watch([
    aProvider({
      onChange: (listener) => {
        change = listener;
      },
    }),
  ]);
  await time.advance(1_000);
  change();
  await time.advance(10);
  change();
  await time.advance(100);
  expect(sweeps.map(({ startedAt }) => startedAt)).toEqual([0, 1_050]);
});

test('a change during a sweep is looked at after it, without an overlap', async () => {
  let change = (): void => expect.unreachable();
  const answers: (() => void)[] = [];
  const { time, sweeps } = watch([
    aProvider({
      observe: () => new Promise((resolve) => answers.push(() => resolve([]))),
      onChange: (listener) => {
        change = listener;
      },
    }),
  ]);
  await time.advance(10);
  change();
  await time.advance(500);
  expect(answers).toHaveLength(1);
  answers[0]?.();
  await time.advance(50);
  expect(answers).toHaveLength(2);
  answers[1]?.();
  await time.advance(0);
  expect(sweeps.map(({ startedAt }) => startedAt)).toEqual([0, 560]);
});

test('a provider that fails is looked at less and less often, and it is seen', async () => {
  const calledAt: number[] = [];
  let isSick = true;
  const { time, sweeps, observer } = watch([
    aProvider({
      observe: () => {
        calledAt.push(time.now());
        return isSick ? Promise.reject(new Error('no answer')) : Promise.resolve([]);
      },
    }),
  ]);
  await time.advance(150_000);
  const second = 1_000;
  expect(calledAt).toEqual([0, 4 * second, 12 * second, 28 * second, 60 * second, 120 * second]);
  expect(sweeps).toEqual([]);
  expect(observer.status()[0]).toMatchObject({
    failures: 6,
    failuresTotal: 6,
    lastError: { at: 120 * second, message: 'no answer' },
  });
  isSick = false;
  await time.advance(32 * second);
  expect(observer.status()[0]).toMatchObject({ failures: 0, failuresTotal: 6, sweeps: 2 });
});

test('a look that does not end is aborted, and the next one comes', async () => {
  let calls = 0;
  const { time, observer } = watch([
    aProvider({
      observe: (signal) => {
        calls += 1;
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      },
    }),
  ]);
  await time.advance(15_000);
  expect(observer.status()[0]).toMatchObject({ failures: 1 });
  await time.advance(4_000);
  expect(calls).toBe(2);
});

test('a sweep that is not taken counts as failed', async () => {
  const { time, observer } = watch([aProvider()], () => Promise.reject(new Error('the keeper loads again')));
  await time.advance(0);
  expect(observer.status()[0]).toMatchObject({ sweeps: 0, failures: 1 });
});

test('disposing ends the look under way, reports nothing more and leaves no timer', async () => {
  const { time, observer, sweeps } = watch([
    aProvider({
      observe: (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    }),
  ]);
  await time.advance(0);
  await observer[Symbol.asyncDispose]();
  await time.advance(60_000);
  expect(sweeps).toEqual([]);
  expect(observer.status()[0]).toMatchObject({ failuresTotal: 0 });
  expect(time.pending).toBe(0);
});

test('others are looked at from now on: who stays goes on as it was, who took a name waits for the one before', async () => {
  const answers: (() => void)[] = [];
  const staying = aProvider({ name: 'staying' });
  const left = aProvider({
    name: 'left',
    observe: () => new Promise((resolve) => answers.push(() => resolve([]))),
  });
  const { time, sweeps, observer } = watch([staying, left]);
  await time.advance(1_000);
  let isWatched = false;
  const watched = observer.watch([staying, aProvider({ name: 'left' })]).then(() => {
    isWatched = true;
  });
  await time.advance(500);
  expect([isWatched, sweeps.length]).toEqual([false, 1]);
  answers[0]?.();
  await watched;
  await time.advance(500);
  expect(sweeps.map(({ provider, startedAt }) => [provider, startedAt])).toEqual([
    ['staying', 0],
    ['left', 1_500],
    ['staying', 2_000],
  ]);
  expect(observer.status()).toMatchObject([
    { provider: 'staying', sweeps: 2 },
    { provider: 'left', sweeps: 1 },
  ]);
});
