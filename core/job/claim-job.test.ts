import { describe, expect, test } from 'vitest';
import type { Job } from '../model/job.ts';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { putDocument } from '../world/world.ts';

/** A member that is being made, by a job for runners at a site. */
function aJob(more: Partial<Job> = {}): { t: TestWorld; job: () => Job | undefined; id: string } {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 });
  const [job] = t.world.jobs.values();
  if (job === undefined) throw new Error('there is no job');
  putDocument(t.world, 'job', job.id, { ...job, runsOn: { site: 'a' }, ...more });
  return { t, id: job.id, job: () => t.world.jobs.get(job.id) };
}

const claim = (t: TestWorld, job: string, runner = 'one@ci') => t.decide({ type: 'claimJob', job, runner });
const release = (t: TestWorld, job: string, fence: number, reason: 'silent' | 'handedBack' = 'silent') =>
  t.decide({ type: 'releaseClaim', job, fence, reason });

function finish(t: TestWorld, job: string, fence?: number) {
  const resource = t.world.jobs.get(job)?.resource as string;
  const outcome = { result: 'created', observation: observationOf(resource) } as const;
  return t.decide({ type: 'finishJob', job, outcome, ...(fence === undefined ? {} : { fence }) });
}

describe('a job is claimed (J12)', () => {
  test('by one runner, under a fence of its own', () => {
    const { t, id, job } = aJob();
    const { reply, events } = claim(t, id);
    expect(reply.job).toBe(job());
    expect(job()).toMatchObject({ fence: 1, claim: { runner: 'one@ci', fence: 1 } });
    expect(events).toMatchObject([{ type: 'job.claimed', data: { job: id, runner: 'one@ci', fence: 1 } }]);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('and then by nobody else', () => {
    const { t, id, job } = aJob();
    claim(t, id);
    const second = claim(t, id, 'two@ci');
    expect([second.reply, second.changes]).toEqual([{ job: null }, []]);
    expect(job()?.claim?.runner).toBe('one@ci');
  });

  test('not before its time, and not when the server does it itself', () => {
    const early = aJob({ notBefore: 2_000_000 });
    expect(claim(early.t, early.id).reply.job).toBeNull();
    const local = aJob({ runsOn: {} });
    expect(claim(local.t, local.id).reply.job).toBeNull();
    expect(claim(local.t, 'job_none').reply.job).toBeNull();
  });
});

describe('a claim ends (J13)', () => {
  test('and the next one has a higher fence', () => {
    const { t, id, job } = aJob();
    claim(t, id);
    const { reply, events } = release(t, id, 1, 'handedBack');
    expect(reply).toEqual({ isReleased: true });
    expect(events).toMatchObject([{ type: 'job.released', data: { fence: 1, reason: 'handedBack' } }]);
    expect(job()).toMatchObject({ claim: null, fence: 1, notBefore: t.now, attempts: 0 });
    expect(claim(t, id, 'two@ci').reply.job).toMatchObject({ fence: 2, claim: { fence: 2 } });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('after silence with a pause that grows', () => {
    const { t, id, job } = aJob();
    const pauses: number[] = [];
    for (const fence of [1, 2, 3]) {
      claim(t, id);
      release(t, id, fence);
      pauses.push((job()?.notBefore ?? 0) - t.now);
      t.now += 100_000;
    }
    expect(pauses).toEqual([375, 750, 1_500]);
  });

  test('not for a fence that is over, nor for a job that is', () => {
    const { t, id, job } = aJob();
    claim(t, id);
    release(t, id, 1, 'handedBack');
    claim(t, id, 'two@ci');
    const late = release(t, id, 1);
    expect([late.reply, late.changes]).toEqual([{ isReleased: false }, []]);
    expect(job()?.claim?.runner).toBe('two@ci');
    expect(release(t, 'job_none', 1).reply).toEqual({ isReleased: false });
  });
});

describe('an outcome counts (J13)', () => {
  test('under the fence of the claim', () => {
    const { t, id } = aJob();
    claim(t, id);
    expect(finish(t, id, 1).reply).toEqual({ isAccepted: true });
    expect(t.world.jobs.size).toBe(0);
  });

  test.each([
    ['an earlier claim', 1],
    ['a later claim', 3],
    ['no claim', undefined],
  ])('not under the fence of %s', (_what, fence) => {
    const { t, id } = aJob();
    claim(t, id);
    release(t, id, 1, 'handedBack');
    claim(t, id, 'two@ci');
    const { reply, changes, events } = finish(t, id, fence);
    expect([reply, changes, events]).toEqual([{ isAccepted: false }, [], []]);
  });

  test('not once its claim was taken back, though nobody has it yet', () => {
    const { t, id, job } = aJob();
    claim(t, id);
    release(t, id, 1);
    expect(finish(t, id, 1).reply).toEqual({ isAccepted: false });
    expect(job()).toBeDefined();
  });

  test('and a failed one leaves the next attempt to any runner', () => {
    const { t, id, job } = aJob();
    claim(t, id);
    const outcome = { result: 'failed', reason: 'transient', error: 'x' } as const;
    expect(t.do({ type: 'finishJob', job: id, outcome, fence: 1 })).toEqual({ isAccepted: true });
    expect(job()).toMatchObject({ claim: null, fence: 1, attempts: 1 });
    expect(finish(t, id, 1).reply).toEqual({ isAccepted: false });
    t.now += 60_000;
    expect(claim(t, id, 'two@ci').reply.job?.fence).toBe(2);
  });
});
