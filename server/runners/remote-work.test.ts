import type { Job, JobTicket } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { aStepTicket, readableLogs } from '../jobs/test-steps.ts';
import { silentLogger } from '../logger.ts';
import { VirtualTime } from '../virtual-time.ts';
import type { ClaimedJob, RunnerHello } from './contract.ts';
import { RemoteWork, SILENCE_MS_MAX } from './remote-work.ts';
import type { RemoteWorkParts } from './remote-work.ts';

const LAB = { site: 'lab' };
const ONE: RunnerHello = { name: 'one', token: 'ci', pools: null, labels: LAB, version: '1' };
const go = new AbortController().signal;

/** Work whose keeper is a map: it claims and takes back as the core does, and hands out what changed. */
function someWork(more: Partial<RemoteWorkParts> = {}) {
  const time = new VirtualTime();
  const logs = readableLogs();
  const tickets = new Map<string, JobTicket>();
  const released: string[] = [];
  const change = (id: string, job: Partial<Job>): Job => {
    const ticket = tickets.get(id) as JobTicket;
    const changed = { ...ticket, job: { ...ticket.job, ...job } };
    tickets.set(id, changed);
    work.accept(changed);
    return changed.job;
  };
  const work = new RemoteWork({
    clock: time,
    timers: time,
    logger: silentLogger,
    openInput: ({ with: input }) => ({ input, secretValues: ['tiger-tiger'] }),
    logs,
    claimJob: async (id, runner) => {
      const job = tickets.get(id)?.job;
      if (job === undefined || job.claim !== null) return null;
      return change(id, { fence: job.fence + 1, claim: { runner, fence: job.fence + 1 } });
    },
    releaseClaim: async (id, fence, reason) => {
      released.push(`${id} ${fence} ${reason}`);
      change(id, { claim: null });
    },
    finishJob: async (id) => {
      work.drop(id);
      return tickets.delete(id);
    },
    ...more,
  });
  const add = (id: string, job: Partial<Job> = {}): void => {
    tickets.set(id, aStepTicket(id, {}, { runsOn: LAB, ...job }));
    work.accept(tickets.get(id) as JobTicket);
  };
  const claim = async (runner: RunnerHello = ONE): Promise<ClaimedJob> => {
    const claimed = await work.claim(runner, 0, go);
    if (claimed === null) throw new Error('there is no job');
    return claimed;
  };
  return { work, time, logs, tickets, released, add, claim, change };
}

const claimed = (fence: number): Partial<Job> => ({ fence, claim: { runner: 'one@ci', fence } });
const reference = (job: string, fence = 1) => ({ token: 'ci', job, fence });

test('the oldest job goes first, whenever it came, and none before its time', async () => {
  const { work, add, time, claim } = someWork();
  add('c', { createdAt: 3 });
  add('later', { createdAt: 0, notBefore: time.now() + 1_000 });
  add('a', { createdAt: 1 });
  add('b', { createdAt: 2 });
  const order = [await claim(), await claim(), await claim()].map(({ ticket }) => ticket.job.id);
  expect(order).toEqual(['a', 'b', 'c']);
  expect(await work.claim(ONE, 0, go)).toBeNull();
  const waiting = work.claim(ONE, 5_000, go);
  await time.advance(1_000);
  expect((await waiting)?.ticket.job.id).toBe('later');
});

test('a server that starts finds claims, and gives each its time anew (J14)', async () => {
  const { work, add, time, released } = someWork();
  add('a', claimed(3));
  expect(work.status()).toMatchObject({ claimed: 1, waiting: 0, runners: [{ name: 'one', token: 'ci' }] });
  await time.advance(SILENCE_MS_MAX - 10_000);
  expect(released).toEqual([]);
  work.heartbeat(reference('a', 3));
  await time.advance(SILENCE_MS_MAX - 10_000);
  expect(released).toEqual([]);
  await time.advance(20_000);
  expect(released).toEqual(['a 3 silent']);
});

test('a claim that was found at the start masks what its runner puts out', async () => {
  const { work, add, logs } = someWork();
  add('a', claimed(3));
  const bytes = Buffer.from('the word is tiger-tiger\n');
  await work.output(reference('a', 3), [{ seq: 7, stream: 'stdout', bytes }]);
  await work.release(reference('a', 3));
  expect([...logs.texts.values()]).toEqual([
    'the word is [secret]\n# one@ci gave the step back; another runner does it.\n',
  ]);
});

test('a server that stood still itself takes nothing back for that (J14)', async () => {
  let ahead = 0;
  const time = new VirtualTime();
  const clock = { now: () => time.now() + ahead };
  const { add, released } = someWork({ clock, timers: time });
  add('a', claimed(1));
  await time.advance(6_000);
  ahead = 10 * SILENCE_MS_MAX;
  await time.advance(10_000);
  expect(released).toEqual([]);
  await time.advance(SILENCE_MS_MAX);
  expect(released).toEqual(['a 1 silent']);
});

test('while the keeper takes no writes a silent claim is taken back later, once', async () => {
  let isBroken = true;
  const calls: string[] = [];
  const { work, add, time } = someWork({
    releaseClaim: async (id) => {
      calls.push(id);
      if (isBroken) throw new Error('the store takes no writes');
      work.drop(id);
    },
  });
  add('a', claimed(1));
  await time.advance(SILENCE_MS_MAX + 10_000);
  expect(calls.length).toBeGreaterThan(0);
  expect(work.status().lost).toBe(0);
  isBroken = false;
  await time.advance(5_000);
  expect(work.status()).toMatchObject({ lost: 1, claimed: 0 });
});

test('a job that could not be claimed now waits on', async () => {
  let isBroken = true;
  const { work, add } = someWork({
    claimJob: async () => {
      if (isBroken) throw new Error('the store takes no writes');
      return null;
    },
  });
  add('a');
  await expect(work.claim(ONE, 0, go)).rejects.toThrow('no writes');
  expect(work.status().waiting).toBe(1);
  isBroken = false;
  expect(await work.claim(ONE, 0, go)).toBeNull();
});

test('a runner that goes away in the middle of its claim leaves the job to others', async () => {
  const gone = new AbortController();
  const { work, add, released, claim } = someWork({
    openInput: ({ with: input }) => {
      gone.abort();
      return { input, secretValues: [] };
    },
  });
  add('a');
  expect(await work.claim(ONE, 0, gone.signal)).toBeNull();
  expect(released).toEqual(['a 1 handedBack']);
  expect((await claim()).fence).toBe(2);
});

test('those who wait are let go when their client goes away, and when the server stops', async () => {
  const { work, time } = someWork();
  const gone = new AbortController();
  const first = work.claim(ONE, 30_000, gone.signal);
  const second = work.claim(ONE, 30_000, go);
  gone.abort();
  expect(await first).toBeNull();
  work.close();
  expect(await second).toBeNull();
  expect(await work.claim(ONE, 30_000, go)).toBeNull();
  expect(time.pending).toBe(0);
});

test('an outcome has the server’s time, however long its runner says that it took', async () => {
  const outcomes: unknown[] = [];
  const { work, add, time, claim } = someWork({
    finishJob: async (_job, fence, outcome) => {
      outcomes.push([fence, outcome]);
      return true;
    },
  });
  add('a');
  await claim();
  await time.advance(4_000);
  const outcome = {
    isPassed: true,
    mayRetry: false,
    durationMs: 3_600_000,
    exitCode: 0,
    outputDigest: null,
    outputBytes: 0,
    evidence: null,
    error: null,
  };
  await work.finish(reference('a'), outcome);
  const { durationMs: _, ...rest } = outcome;
  const step = { ...rest, startedAt: time.now() - 4_000, endedAt: time.now() };
  expect(outcomes).toEqual([[1, { result: 'stepped', step }]]);
});
