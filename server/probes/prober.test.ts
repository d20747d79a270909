import { expect, onTestFinished, test } from 'vitest';
import type { Command, PoolSpec, ProbeSpec, UnhealthyAction, World } from '@poolkeeper/core';
import { TestWorld } from '../../core/testing/world-builder.ts';
import { silentLogger } from '../logger.ts';
import { VirtualTime } from '../virtual-time.ts';
import type { AskProbe, ProbeAnswer } from './contract.ts';
import { Prober } from './prober.ts';
import type { ProberInput } from './prober.ts';

const PASSED: ProbeAnswer = { result: 'passed', detail: null };
const FAILED: ProbeAnswer = { result: 'failed', detail: 'answered 500' };

function aProbe(action: UnhealthyAction, more: Partial<ProbeSpec> = {}): ProbeSpec {
  const times = { everyMs: 10_000, timeoutMs: 3_000, failures: 3, successes: 1 };
  return { name: 'http', uses: 'http', with: {}, ...times, action, ...more };
}

/** A prober on a world of registered members; `ask` answers the questions. */
function aProber(
  input: {
    members?: number;
    probe?: ProbeSpec;
    ask?: AskProbe;
    spec?: Partial<PoolSpec>;
  } & Partial<Pick<ProberInput, 'fill' | 'limits' | 'logger'>>,
) {
  const t = new TestWorld();
  const time = new VirtualTime(t.now);
  const boards = t.staticPool(
    'boards',
    Array.from({ length: input.members ?? 1 }, () => ({})),
    { health: [input.probe ?? aProbe('hold')], ...input.spec },
  );
  const asked: { at: number; id: string }[] = [];
  const told: Command[] = [];
  const ask: AskProbe = (question, signal) => {
    asked.push({ at: time.now(), id: question.resource.id });
    return input.ask?.(question, signal) ?? Promise.resolve(PASSED);
  };
  let seed = 0;
  const prober = new Prober({
    keeper: {
      read: (look: (world: World) => unknown) => Promise.resolve(look(t.world)),
      ask: (command: Command) => {
        told.push(command);
        t.now = time.now();
        return Promise.resolve(t.do(command));
      },
    } as unknown as ProberInput['keeper'],
    askers: { http: ask, tcp: ask, exec: ask, ssh: ask, provider: ask },
    fill: input.fill ?? (() => ({ input: {}, secrets: [] })),
    clock: time,
    timers: time,
    random: () => (seed = (seed + 0.381_966) % 1),
    logger: input.logger ?? silentLogger,
    limits: input.limits ?? {},
  });
  onTestFinished(() => prober[Symbol.asyncDispose]());
  prober.start();
  return { t, time, boards, asked, told, prober };
}

test('each member is asked once an interval, and all of them spread over it', async () => {
  const { time, boards, asked } = aProber({ members: 100 });
  await time.advance(10_300);
  expect(new Set(asked.map(({ id }) => id)).size).toBe(boards.length);
  const busiest = Math.max(...countBy(asked.map(({ at }) => Math.floor(at / 1_000))).values());
  expect(busiest).toBeLessThanOrEqual(25);
  await time.advance(50_000);
  expect(Math.max(...countBy(asked.map(({ id }) => id)).values())).toBeLessThanOrEqual(7);
  expect(Math.min(...countBy(asked.map(({ id }) => id)).values())).toBeGreaterThanOrEqual(5);
});

test('steady health is told once', async () => {
  const { time, asked, told } = aProber({});
  await time.advance(100_000);
  expect(asked.length).toBeGreaterThan(8);
  expect(told).toHaveLength(1);
});

test('so many failures in a row make it fail, and one success makes it pass again', async () => {
  let answers: ProbeAnswer[] = [PASSED, FAILED, FAILED, PASSED, FAILED, FAILED, FAILED, FAILED];
  const { t, time, boards, told } = aProber({ ask: () => Promise.resolve(answers.shift() ?? PASSED) });
  const id = boards[0]?.id as string;
  await time.advance(70_000);
  expect(answers.length).toBeLessThanOrEqual(1);
  expect(told.slice(0, 2)).toMatchObject([
    { isHealthy: true, detail: null },
    { isHealthy: false, detail: 'answered 500' },
  ]);
  expect(t.resource(id).hold).not.toBeNull();
  answers = [];
  await time.advance(20_000);
  expect(t.resource(id).hold).toBeNull();
});

test('that nobody knows changes no verdict, however often it is said, and is no answer in a row', async () => {
  const UNKNOWN: ProbeAnswer = { result: 'unknown', detail: 'the vendor does not answer' };
  let answers: ProbeAnswer[] = [PASSED, FAILED, FAILED];
  let last: ProbeAnswer = UNKNOWN;
  const { t, time, boards, told } = aProber({
    probe: aProbe('quarantine', { uses: 'provider' }),
    ask: () => Promise.resolve(answers.shift() ?? last),
  });
  const id = boards[0]?.id as string;
  await time.advance(300_000);
  expect(answers).toEqual([]);
  expect(told).toMatchObject([{ isHealthy: true }]);
  expect(t.resource(id).status).toBe('free');
  answers = [];
  last = FAILED;
  await time.advance(20_000);
  expect(t.resource(id).status).toBe('quarantined');
});

test('an account whose vendor says nothing in time keeps its verdict', async () => {
  let isSilent = false;
  const { t, time, boards, asked, told } = aProber({
    probe: aProbe('quarantine', { uses: 'provider' }),
    ask: (_question, signal) =>
      isSilent
        ? new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason as Error)),
          )
        : Promise.resolve(PASSED),
  });
  await time.advance(20_000);
  isSilent = true;
  const before = asked.length;
  await time.advance(200_000);
  expect(asked.length).toBeGreaterThan(before + 5);
  expect(told).toHaveLength(1);
  expect(t.resource(boards[0]?.id as string).status).toBe('free');
});

test('an answer that takes too long is a failure, and its question is told to end', async () => {
  let ended = 0;
  const { t, time, boards } = aProber({
    probe: aProbe('quarantine'),
    ask: (_question, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended += 1;
          reject(signal.reason as Error);
        });
      }),
  });
  await time.advance(45_000);
  expect(ended).toBeGreaterThanOrEqual(3);
  expect(t.resource(boards[0]?.id as string).status).toBe('quarantined');
});

test('a question that does not heed its end is left alone, and holds no place for ever', async () => {
  const { time, asked } = aProber({ limits: { concurrency: 1 }, ask: () => new Promise(() => {}) });
  await time.advance(60_000);
  expect(asked.length).toBeGreaterThan(2);
});

test('no more questions are under way than allowed', async () => {
  let [now, most] = [0, 0];
  const { time } = aProber({
    members: 50,
    limits: { concurrency: 4 },
    probe: aProbe('hold', { everyMs: 1_000 }),
    ask: async () => {
      most = Math.max(most, (now += 1));
      await new Promise<void>((resolve) => void time.set(900, resolve));
      now -= 1;
      return PASSED;
    },
  });
  await time.advance(20_000);
  expect(most).toBe(4);
});

test('questions that are a process of their own are fewer at once', async () => {
  let [now, most] = [0, 0];
  const { time } = aProber({
    members: 50,
    limits: { stepConcurrency: 3 },
    probe: aProbe('hold', { everyMs: 1_000, uses: 'exec' }),
    ask: async () => {
      most = Math.max(most, (now += 1));
      await new Promise<void>((resolve) => void time.set(100, resolve));
      now -= 1;
      return PASSED;
    },
  });
  await time.advance(10_000);
  expect(most).toBe(3);
});

test('a question that cannot be asked says nothing about the member, and is said in the log now and then', async () => {
  const warnings: unknown[] = [];
  const logger = { ...silentLogger, warn: (fields: unknown) => void warnings.push(fields) };
  const { t, time, boards, told, asked } = aProber({
    probe: aProbe('replace'),
    fill: () => '${resource.address} is not there',
    logger,
  });
  await time.advance(100_000);
  expect([asked, told]).toEqual([[], []]);
  expect(t.resource(boards[0]?.id as string).status).toBe('free');
  expect(warnings.length).toBeLessThanOrEqual(2);
  expect(warnings[0]).toMatchObject({
    pool: 'boards',
    probe: 'http',
    detail: expect.stringContaining('address'),
  });
});

test('leased members are asked too; what is quarantined is not', async () => {
  const { t, time, boards, asked } = aProber({ members: 2 });
  t.request('ann', 'boards');
  const free = boards.find(({ id }) => t.resource(id).status === 'free');
  t.do({ type: 'actOnResource', resource: free?.id as string, action: 'quarantine', reason: 'test' });
  await time.advance(30_000);
  expect(new Set(asked.map(({ id }) => id))).toEqual(new Set([boards.find(({ id }) => id !== free?.id)?.id]));
});

test('a person who retries gives the member as many tries as at first', async () => {
  const { t, time, boards, told } = aProber({ ask: () => Promise.resolve(FAILED) });
  const id = boards[0]?.id as string;
  await time.advance(40_000);
  expect(t.resource(id).hold).not.toBeNull();
  t.do({ type: 'actOnResource', resource: id, action: 'retry', reason: 'looked at' });
  await time.advance(15_000);
  expect(t.resource(id).hold).toBeNull();
  await time.advance(25_000);
  expect(t.resource(id).hold).not.toBeNull();
  expect(told).toHaveLength(2);
});

test('members that are gone are forgotten', async () => {
  const { t, time, boards, prober } = aProber({ members: 3 });
  await time.advance(20_000);
  expect(prober.status().questions).toBe(3);
  t.do({ type: 'actOnResource', resource: boards[0]?.id as string, action: 'retire', reason: 'old' });
  await time.advance(1_000);
  expect(prober.status().questions).toBe(2);
});

test('ten thousand members cost one timer', async () => {
  const { time, asked } = aProber({ members: 10_000 });
  await time.advance(1_000);
  expect(time.pending).toBeLessThanOrEqual(1 + 2 * 256);
  await time.advance(15_000);
  expect(new Set(asked.map(({ id }) => id)).size).toBe(10_000);
}, 30_000);

function countBy<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
