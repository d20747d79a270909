import { describe, expect, test } from 'vitest';
import type { World, WorldEvent } from '@poolkeeper/core';
import { StaleTerm, StoreFailure } from '../store/contract.ts';
import { aKeeper } from '../testing/keeper-harness.ts';

type Harness = Awaited<ReturnType<typeof aKeeper>>;

describe('a command', () => {
  test('is answered only when its batch is durable, and so are reads and events', async () => {
    const h = await aKeeper();
    const seen: WorldEvent[] = [];
    h.keeper.subscribe((events) => seen.push(...events));
    h.store.hold();
    const order: string[] = [];
    const asked = h.keeper.ask({ type: 'putPool', name: 'boards', merge: false, spec: { provider: 'hand' } });
    void asked.then(() => order.push('answer'));
    await h.store.commitStarted();
    const read = h.keeper.read((world) => world.pools.size).then((size) => order.push(`read ${size}`));
    await h.settle();
    expect(order).toEqual([]);
    expect(seen).toEqual([]);
    h.store.release();
    await Promise.all([asked, read]);
    expect(order.toSorted()).toEqual(['answer', 'read 1']);
    expect(seen.map(({ type }) => type)).toEqual(['pool.created']);
    await h.close();
  });

  test('that is refused changes nothing, and its neighbours in the batch are decided', async () => {
    const h = await aKeeper();
    await h.pool('boards', 2);
    const commits = h.store.commits;
    const results = await Promise.allSettled([
      h.keeper.ask({ type: 'requestLease', holder: 'ann', items: [{ pool: 'boards', count: 1 }] }),
      h.keeper.ask({ type: 'requestLease', holder: 'ann', items: [{ pool: 'nowhere', count: 1 }] }),
      h.keeper.ask({ type: 'requestLease', holder: 'ann', items: [{ pool: 'boards', count: 1 }] }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(h.store.commits).toBe(commits + 1);
    await h.close();
  });

  test('can be looked at in the instant of its decision', async () => {
    const h = await aKeeper();
    await h.pool('boards', 1);
    const [first, second] = await Promise.all([
      h.keeper.ask(
        { type: 'requestLease', holder: 'ann', items: [{ pool: 'boards', count: 1 }] },
        (reply, world) => [reply.lease?.status, world.pools.get('boards')?.counts.free],
      ),
      h.keeper.ask(
        { type: 'requestLease', holder: 'bob', items: [{ pool: 'boards', count: 1 }] },
        (reply, world) => [reply.lease?.status, world.pools.get('boards')?.queue.size],
      ),
    ]);
    expect([first, second]).toEqual([
      ['active', 0],
      ['queued', 1],
    ]);
    await h.close();
  });
});

describe('commits under way', () => {
  test('while the store writes one batch the next is sent, and what comes then gathers', async () => {
    const h = await aKeeper();
    await h.pool('boards', 5);
    h.store.hold();
    const before = h.store.commits;
    const answered: number[] = [];
    const asked: Promise<unknown>[] = [];
    for (const n of [1, 2, 3, 4, 5]) {
      asked.push(h.lease('boards').then(() => answered.push(n)));
      await h.settle();
    }
    expect(h.store.commits - before).toBe(2);
    expect(answered).toEqual([]);
    h.store.release();
    await Promise.all(asked);
    expect(answered).toEqual([1, 2, 3, 4, 5]);
    expect(h.store.commits - before).toBe(3);
    await h.close();
  });

  test('that follow a failed one fail with it, and reads and refusals that saw them too', async () => {
    const h = await aKeeper();
    await h.pool('boards', 1);
    h.store.hold();
    h.store.fail(new StoreFailure('the disk is full'));
    const first = h.lease('boards');
    await h.settle();
    const second = h.lease('boards');
    await h.settle();
    const read = h.keeper.read((world) => world.leases.size);
    const refused = h.keeper.ask({ type: 'revokeToken', token: 'none' });
    await h.settle();
    h.store.release();
    const results = await Promise.allSettled([first, second, read, refused]);
    expect(
      results.map((result) => (result.status === 'rejected' ? (result.reason as { code: string }).code : '')),
    ).toEqual(Array.from({ length: 4 }, () => 'store_unavailable'));
    h.store.mend();
    await h.time.advance(60_000);
    expect(await h.keeper.read((world) => world.leases.size)).toBe(0);
    await h.close();
  });
});

describe('time', () => {
  test('ends leases at their deadline without anybody asking', async () => {
    const h = await aKeeper();
    await h.pool('boards', 1);
    await h.lease('boards', { durationMs: 5_000 });
    await h.time.advance(4_999);
    expect(await h.keeper.read((world) => world.leases.size)).toBe(1);
    await h.time.advance(2);
    expect(await h.keeper.read((world) => world.leases.size)).toBe(0);
    await h.close();
  });

  test('a clock that is set forward past a deadline is noticed within seconds', async () => {
    const h = await aKeeper();
    await h.pool('boards', 1);
    await h.lease('boards', { durationMs: 3_600_000 });
    h.setClock(3_600_000);
    await h.time.advance(5_001);
    expect(await h.keeper.read((world) => world.leases.size)).toBe(0);
    await h.close();
  });

  test('a far deadline does not hide a near one that comes later', async () => {
    const h = await aKeeper();
    await h.pool('boards', 2);
    await h.lease('boards', { durationMs: 3_600_000 });
    await h.lease('boards', { durationMs: 1_000 });
    await h.time.advance(1_001);
    expect(await h.keeper.read((world) => world.leases.size)).toBe(1);
    await h.close();
  });
});

describe('who waits', () => {
  test('is woken when the lease is granted, or when the wait is over', async () => {
    const h = await aKeeper();
    await h.pool('boards', 1);
    const held = await h.lease('boards');
    const waiting = await h.lease('boards');
    const log: string[] = [];
    const long = h.keeper.untilGranted(waiting, 60_000).then(() => log.push('granted'));
    const short = h.keeper.untilGranted(waiting, 1_000).then(() => log.push('over'));
    await h.time.advance(1_000);
    await short;
    expect(log).toEqual(['over']);
    await h.keeper.ask({ type: 'endLease', lease: held, asHolder: null });
    await long;
    expect(log).toEqual(['over', 'granted']);
    await h.close();
  });
});

describe('who waits for a document to be as they want it', () => {
  const desired = (world: World): number | undefined => {
    const size = world.pools.get('web')?.pool.labels['size'];
    return size === undefined ? undefined : Number(size);
  };
  const label = (h: Harness, size: string): Promise<unknown> =>
    h.keeper.ask({ type: 'putPool', name: 'web', merge: true, spec: { labels: { size } } });

  test('is answered at once when it is so, and else by the commit that makes it so', async () => {
    const h = await aKeeper();
    await h.pool('web', 1);
    const three = h.keeper.until(
      { kind: 'pool', id: 'web' },
      (world) => (desired(world) === 3 ? 'three' : undefined),
      { waitMs: 60_000 },
    );
    await label(h, '2');
    expect(await h.keeper.until({ kind: 'pool', id: 'web' }, desired, { waitMs: 0 })).toBe(2);
    await label(h, '3');
    expect(await three).toBe('three');
    await h.close();
  });

  test('gives up when the time is over, the caller goes away, or the keeper stops', async () => {
    const h = await aKeeper();
    await h.pool('web', 1);
    const wait = (signal?: AbortSignal): Promise<number | undefined> =>
      h.keeper.until({ kind: 'pool', id: 'web' }, desired, {
        waitMs: 1_000,
        ...(signal === undefined ? {} : { signal }),
      });
    const late = wait();
    await h.time.advance(1_000);
    expect(await late).toBeUndefined();
    const caller = new AbortController();
    const left = wait(caller.signal);
    caller.abort();
    expect(await left).toBeUndefined();
    expect(await wait(AbortSignal.abort())).toBeUndefined();
    const stopped = wait();
    await h.close();
    expect(await stopped).toBeUndefined();
  });
});

describe('a store that fails', () => {
  test('refuses what it could not make durable, forgets it, and works again when the store does', async () => {
    const h = await aKeeper();
    await h.pool('boards', 1);
    h.store.fail(new StoreFailure('the disk is full'));
    await expect(h.lease('boards')).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(h.keeper.status()).toMatchObject({ state: 'readonly', reason: 'the disk is full' });
    await expect(h.lease('boards')).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await h.keeper.read((world) => [world.leases.size, world.pools.size])).toEqual([0, 1]);
    h.store.mend();
    await h.time.advance(60_000);
    expect(h.keeper.status()).toEqual({ state: 'running' });
    expect(await h.lease('boards')).toMatch(/^lse_/);
    await h.close();
  });

  test('that wrote what it said it could not is believed after the reload', async () => {
    const h = await aKeeper();
    await h.pool('boards', 1);
    h.store.failAfterWriting(new StoreFailure('the connection was lost'));
    await expect(h.lease('boards')).rejects.toMatchObject({ code: 'store_unavailable' });
    h.store.mend();
    await h.time.advance(60_000);
    expect(await h.keeper.read((world) => world.leases.size)).toBe(1);
    await h.close();
  });

  test('that another writer has claimed ends this one', async () => {
    const h = await aKeeper();
    await h.pool('boards', 1);
    h.store.fail(new StaleTerm('another writer has claimed the store'));
    await expect(h.lease('boards')).rejects.toMatchObject({ code: 'store_unavailable' });
    h.store.mend();
    await h.time.advance(60_000);
    expect(h.keeper.status().state).toBe('deposed');
    await expect(h.lease('boards')).rejects.toMatchObject({ code: 'store_unavailable' });
    await h.close();
  });

  test('does not keep the keeper from stopping', async () => {
    const h = await aKeeper();
    h.store.fail(new StoreFailure('the disk is full'));
    await expect(h.pool('boards', 1)).rejects.toMatchObject({ code: 'store_unavailable' });
    await h.close();
    expect(h.keeper.status()).toEqual({ state: 'stopped' });
  });
});

describe('a start', () => {
  test('finds what was, and hands out the jobs again that were under way', async () => {
    const h = await aKeeper();
    await h.keeper.ask({
      type: 'putPool',
      name: 'web',
      merge: false,
      spec: { provider: 'maker', size: { desired: 2 }, template: { command: ['x'] } },
    });
    expect(h.jobs.map(({ job }) => job.kind)).toEqual(['create', 'create']);
    await h.pool('boards', 1);
    const lease = await h.lease('boards');
    const again = await h.restart();
    expect(again.jobs.map(({ job }) => job.id)).toEqual(h.jobs.map(({ job }) => job.id));
    expect(again.jobs[0]?.template).toEqual({ command: ['x'] });
    expect(await again.keeper.read((world) => world.leases.get(lease)?.status)).toBe('active');
    await again.close();
  });

  test.each(['a crash', 'a store that failed'])(
    'after %s costs nobody a place in a line by stage, however long it took (S10)',
    async (what) => {
      const h = await aKeeper();
      const stages = { type: 'proj', initial: 'free' };
      await h.keeper.ask({ type: 'putPool', name: 'proj', merge: false, spec: { provider: 'hand', stages } });
      const take = (keeper: typeof h.keeper, request: string) => {
        const asked = { pool: 'proj', stage: 'free', dest: 'busy', holder: request, askWithinMs: 30_000 };
        return keeper.ask({ type: 'takeByStage', ...asked, request });
      };
      for (const request of ['first', 'second']) await take(h.keeper, request);
      let again = h;
      if (what === 'a crash') {
        again = await h.restart(h.time.now() + 3_600_000);
      } else {
        h.store.fail(new Error('the disk said no'));
        await expect(take(h.keeper, 'third')).rejects.toMatchObject({ code: 'store_unavailable' });
        await h.time.advance(3_600_000);
        h.store.mend();
        await h.time.advance(10_000);
      }
      await again.settle();
      await again.keeper.ask({ type: 'registerResource', pool: 'proj', name: 'p1' });
      expect((await take(again.keeper, 'second')).result).toBe('none');
      expect((await take(again.keeper, 'first')).result).toBe('taken');
      await again.close();
    },
  );

  test('a stop finishes what has come and refuses what comes', async () => {
    const h = await aKeeper();
    await h.pool('boards', 1);
    const last = h.lease('boards');
    const stopped = h.keeper[Symbol.asyncDispose]();
    await expect(h.lease('boards')).rejects.toMatchObject({ code: 'stopping' });
    expect(await last).toMatch(/^lse_/);
    await stopped;
    await h.close();
  });
});
