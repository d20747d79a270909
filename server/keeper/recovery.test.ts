import { expect, test } from 'vitest';
import { aConfigureUpkeep } from '../../core/testing/upkeep-builder.ts';
import { aKeeper } from '../testing/keeper-harness.ts';

const broken = new Error('the disk said no');

test('listeners hear of what was written by a commit that failed', async () => {
  const { keeper, store, time, pool, lease, close } = await aKeeper();
  await pool('boards', 1);
  const heard: number[] = [];
  keeper.subscribe((events) => heard.push(...events.map(({ seq }) => seq)));

  store.failAfterWriting(broken);
  await expect(lease('boards')).rejects.toMatchObject({ code: 'store_unavailable' });
  store.mend();
  await time.advance(1_000);

  const stored = await keeper.listEvents({ after: 0, limit: 100 });
  expect(heard).toEqual([stored.at(-1)?.seq]);
  await lease('boards');
  expect(heard).toEqual([heard[0], (heard[0] ?? 0) + 1]);
  await close();
});

test('a job whose outcome came while nothing could be written is handed out again', async () => {
  const { keeper, store, time, jobs, close } = await aKeeper();
  await keeper.ask({
    type: 'putPool',
    name: 'web',
    merge: false,
    spec: { provider: 'maker', size: { desired: 1 } },
  });
  const [{ job }] = jobs as [(typeof jobs)[number]];

  store.fail(broken);
  await expect(
    keeper.ask({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 2 } } }),
  ).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  await time.advance(300);
  const outcome = { result: 'failed', reason: 'transient', error: 'no' } as const;
  await expect(keeper.ask({ type: 'finishJob', job: job.id, outcome })).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  jobs.length = 0;
  store.mend();
  await time.advance(10_000);

  expect(jobs.map((ticket) => ticket.job.id)).toEqual([job.id]);
  await close();
});

test('a job that ended with a commit that failed and was written all the same is dropped', async () => {
  const { keeper, store, time, jobs, dropped, close } = await aKeeper();
  await keeper.ask({
    type: 'putPool',
    name: 'web',
    merge: false,
    spec: { provider: 'maker', size: { desired: 1 } },
  });
  const [{ job }] = jobs as [(typeof jobs)[number]];

  store.failAfterWriting(broken);
  await expect(
    keeper.ask({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 0 } } }),
  ).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  store.mend();
  await time.advance(1_000);

  expect(dropped).toEqual([job.id]);
  expect(jobs.at(-1)?.job.kind).toBe('destroy');
  await close();
});

test('looks of upkeeps are handed out once each, taken back when they stop, and handed out again after a start', async () => {
  const { keeper, looks, close, restart } = await aKeeper();
  await keeper.ask({ type: 'createUpkeep', name: 'web' });
  await keeper.ask(aConfigureUpkeep('web'));
  expect(looks).toEqual([]);
  await keeper.ask({ type: 'startUpkeep', name: 'web' });
  const first = { upkeep: 'web', provider: 'web', number: 1, failures: 0 };
  expect(looks).toEqual([['web', expect.objectContaining(first)]]);
  const failed = { result: 'failed', error: 'the cloud is away' } as const;
  await keeper.ask({ type: 'finishLook', upkeep: 'web', number: 1, startedAt: 0, outcome: failed });
  expect(looks.at(-1)).toEqual(['web', expect.objectContaining({ ...first, failures: 1 })]);
  await close();
  const next = await restart();
  expect(next.looks).toEqual([['web', expect.objectContaining({ ...first, failures: 1 })]]);
  await next.keeper.ask({ type: 'stopUpkeep', name: 'web' });
  expect(next.looks.at(-1)).toEqual(['web', null]);
  await next.close();
});
