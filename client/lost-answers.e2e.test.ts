import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lease, Poolkeeper } from './index.ts';
import { LossyProxy } from './testing/lossy-proxy.ts';
import type { Fate } from './testing/lossy-proxy.ts';
import { RealWorld } from './testing/real-world.ts';

/** Answers are lost between the SDK and a real server, after the server has done what was asked. */

let world: RealWorld;
beforeAll(async () => {
  world = await RealWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const live = (pool: string): Promise<Lease[]> => all(world.poolkeeper.leases.list({ pool }));

/** How many leases were ever made: what events say, which no later end can hide. */
async function everMade(): Promise<number> {
  const granted = await all(
    world.poolkeeper.events({ follow: false, type: ['lease.queued', 'lease.granted'] }),
  );
  return new Set(granted.map(({ lease }) => lease)).size;
}

const LOSSES = ['lose-request', 'lose-answer', 'tear-answer'] as const satisfies readonly Fate[];

/** Uses the SDK through a proxy that loses what the list says, exchange by exchange; then it passes everything. */
async function through<T>(fates: readonly Fate[], use: (poolkeeper: Poolkeeper) => Promise<T>): Promise<T> {
  await using proxy = await LossyProxy.start(world.server.url, ({ before }) => fates[before] ?? 'pass');
  return await use(world.connect(proxy.url));
}

describe.each(LOSSES)('with %s', (loss) => {
  test.each([1, 2, 3, 4])('at the first %i exchanges a request makes one lease', async (times) => {
    const before = await everMade();
    const lease = await through(Array(times).fill(loss), ({ leases }) => leases.acquire({ pool: 'boards' }));
    expect((await live('boards')).map(({ id }) => id)).toEqual([lease.id]);
    expect(await everMade()).toBe(before + 1);
    await through(Array(times).fill(loss), ({ leases }) => leases.end(lease.id));
    expect(await live('boards')).toEqual([]);
  });
});

test('whatever is lost, and wherever, each request makes exactly one lease, and each is given back', async () => {
  const fate = fc.oneof({ weight: 2, arbitrary: fc.constant('pass' as const) }, fc.constantFrom(...LOSSES));
  // No more than four losses in a row: the fifth try of a request is its last.
  const fates = fc
    .array(fate, { maxLength: 40 })
    .map((list) => list.map((one, index) => (index % 5 === 4 ? 'pass' : one)));
  await fc.assert(
    fc.asyncProperty(fates, fc.integer({ min: 1, max: 3 }), async (lost, requests) => {
      const before = await everMade();
      await through(lost, async (poolkeeper) => {
        for (let asked = 0; asked < requests; asked += 1) {
          await using lease = await poolkeeper.lease({ pool: 'boards', count: 3, heartbeat: '30s' });
          expect((await live('boards')).map(({ id }) => id)).toEqual([lease.id]);
          expect(lease.resources.length).toBe(3);
        }
      });
      expect(await live('boards')).toEqual([]);
      expect(await everMade()).toBe(before + requests);
    }),
    { numRuns: 12 },
  );
});

test('requests side by side, each with losses of its own, share no lease and no resource', async () => {
  let losses = 0;
  await using proxy = await LossyProxy.start(world.server.url, ({ method, before }) => {
    const isLost = method === 'POST' && before % 2 === 0 && losses < 12;
    if (isLost) losses += 1;
    return isLost ? 'lose-answer' : 'pass';
  });
  const { leases } = world.connect(proxy.url);
  const before = await everMade();
  const acquired = await Promise.all(
    Array.from({ length: 10 }, () => leases.acquire({ pool: 'boards', count: 4 })),
  );
  expect(losses).toBeGreaterThan(0);
  const names = acquired.flatMap(({ resources }) => resources.map(({ name }) => name));
  expect([new Set(acquired.map(({ id }) => id)).size, new Set(names).size]).toEqual([10, 40]);
  expect(await everMade()).toBe(before + 10);
  await Promise.all(acquired.map(({ id }) => leases.end(id)));
  expect(await live('boards')).toEqual([]);
});

test('a place in the queue is kept through lost answers', async () => {
  await using first = await world.poolkeeper.lease({ pool: 'one' });
  const before = await everMade();
  const places: (number | null)[] = [];
  const waiting = through(
    ['lose-answer', 'pass', 'lose-answer', 'tear-answer', 'lose-request'],
    ({ leases }) =>
      leases.acquire({
        pool: 'one',
        onWaiting: ({ lease }) => {
          places.push(lease.position);
          // Its first place is told: now the holder gives back.
          if (places.length === 1) void first.release();
        },
      }),
  );
  const lease = await waiting;
  expect(places[0]).toBe(1);
  expect(await everMade()).toBe(before + 1);
  await world.poolkeeper.leases.end(lease.id);
});
