import { expect, test } from 'vitest';
import type { RequestLease, World } from '@poolkeeper/core';
import { aKeeper } from '../testing/keeper-harness.ts';
import type { KeeperHarness } from '../testing/keeper-harness.ts';
import { StoreFailure } from '../store/contract.ts';
import { SIZING_DEFERRED_MS_MAX } from './sizing-deferral.ts';

/** A pool with a buffer of free members, which the provider has all made. */
async function aFullPool(buffer: number): Promise<KeeperHarness> {
  const h = await aKeeper();
  const size = { min: 0, max: 10_000, buffer };
  await h.keeper.ask({
    type: 'putPool',
    name: 'web',
    merge: false,
    spec: { provider: 'maker', size, template: {} },
  });
  await h.settle();
  for (const { job } of h.jobs.splice(0)) {
    const observation = {
      resource: job.resource,
      externalId: `ext-${job.resource}`,
      machine: 'RUNNING',
      liveness: 'LIVE',
      addresses: [],
      endpoints: {},
    } as const;
    await h.keeper.ask({ type: 'finishJob', job: job.id, outcome: { result: 'created', observation } });
  }
  await h.settle();
  return h;
}

const REQUEST: RequestLease = { type: 'requestLease', holder: 'ann', items: [{ pool: 'web', count: 1 }] };
const unmade = (h: KeeperHarness): Promise<number> =>
  h.keeper.read((world) => world.pools.get('web')?.counts.requested ?? 0);

test('a burst of requests is granted before what it took is asked for again; then it is (P14)', async () => {
  const h = await aFullPool(50);
  const asked = Array.from({ length: 20 }, () =>
    h.keeper.ask(REQUEST, ({ lease }, world) => [lease?.status, world.pools.get('web')?.counts.requested]),
  );
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 20 }, () => ['active', 0]));
  await h.settle();
  expect(await unmade(h)).toBe(20);
  expect(h.jobs).toHaveLength(20);
  await h.close();
});

test('who asks alone has the pool sized in the same decision', async () => {
  const h = await aFullPool(5);
  const seen = await h.keeper.ask(REQUEST, (_reply, world) => world.pools.get('web')?.counts.requested);
  expect(seen).toBe(1);
  await h.close();
});

test('under load without end a pool waits for its size no longer than the bound (P14)', async () => {
  const h = await aFullPool(50);
  const CHAINS = 3;
  const STEP_MS = 10;
  let isOver = false;
  let sizedAt: number | undefined;
  /** Asks for the next thing while this one is decided, so that commands wait always. */
  const goOn = (_reply: unknown, world: World): void => {
    h.setClock(STEP_MS);
    if (world.pools.get('web')?.counts.requested === 2) sizedAt ??= h.keeper.now();
    isOver ||= sizedAt !== undefined || h.keeper.now() > startedAt + 10 * SIZING_DEFERRED_MS_MAX;
    if (!isOver) void h.keeper.ask({ type: 'tick' }, goOn);
  };
  const startedAt = h.keeper.now();
  const asked = [h.keeper.ask(REQUEST), h.keeper.ask(REQUEST)];
  for (let chain = 0; chain < CHAINS; chain += 1) void h.keeper.ask({ type: 'tick' }, goOn);
  await Promise.all(asked);
  for (let turn = 0; turn < 1_000 && !isOver; turn += 1) await h.settle();
  expect(sizedAt).toBeGreaterThanOrEqual(startedAt + SIZING_DEFERRED_MS_MAX);
  expect(sizedAt).toBeLessThanOrEqual(startedAt + SIZING_DEFERRED_MS_MAX + 3 * CHAINS * STEP_MS);
  await h.close();
});

test('a keeper that dies right after a burst loses no sizing: the next one looks at every pool (P14)', async () => {
  const h = await aFullPool(50);
  h.store.fail(new StoreFailure('the disk is gone'), 1);
  await Promise.all(Array.from({ length: 20 }, () => h.keeper.ask(REQUEST)));
  const durable = await h.store.listEvents({ after: 0, limit: 1_000 });
  const count = (type: string): number => durable.filter((event) => event.type === type).length;
  expect([count('lease.granted'), count('resource.requested')], 'what was taken is not asked for').toEqual([
    20, 50,
  ]);
  const next = await h.restart();
  await next.settle();
  expect(await unmade(next)).toBe(20);
  await next.close();
});
