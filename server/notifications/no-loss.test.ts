import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UNNOTED_MESSAGES_MAX } from './delivery.ts';
import { aNotifiedWorld } from './testing/notified-world.ts';
import type { NotifiedWorld } from './testing/notified-world.ts';
import { TestReceiver } from './testing/test-receiver.ts';

/** Longer than every pause of a receiver that has failed. */
const LONG_MS = 2 * 3_600_000;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('lend' as const), times: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('fail' as const), times: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('lose' as const), times: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pass' as const), times: fc.integer({ min: 1, max: 90_000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), times: fc.constant(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('breakStore' as const), times: fc.constant(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('change' as const), times: fc.constant(1) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function lend(world: NotifiedWorld): Promise<void> {
  const lease = await world.lease('boards').catch(() => undefined);
  if (lease === undefined) return;
  await world.keeper.ask({ type: 'endLease', lease, asHolder: null }).catch(() => {});
}

async function take(world: NotifiedWorld, receiver: TestReceiver, s: Step): Promise<NotifiedWorld> {
  switch (s.do) {
    case 'lend':
      for (let n = 0; n < s.times; n += 1) await lend(world);
      return world;
    case 'fail':
      receiver.failing += s.times;
      return world;
    case 'lose':
      receiver.lost += s.times;
      return world;
    case 'pass':
      await world.pass(s.times);
      return world;
    case 'crash':
      return world.crash();
    case 'breakStore':
      world.store.fail(new Error('the disk is full'));
      await lend(world);
      await world.pass(3_000);
      world.store.mend();
      await world.pass(30_000);
      return world;
    case 'change':
      await world.webhook().catch(() => {});
      return world;
  }
}

test('whatever fails, a receiver gets every event, in order, and knows what it gets twice (N6)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const receiver = new TestReceiver();
      let world = await aNotifiedWorld(receiver.senders);
      await world.pool('boards', 1);
      await world.webhook();
      const before = await world.keeper.read(({ webhooks }) => webhooks.get('ops')?.sentThrough ?? 0);
      let crashes = 0;
      for (const s of steps) {
        if (s.do === 'crash') crashes += 1;
        world = await take(world, receiver, s);
      }
      const trials = receiver.failing + receiver.lost;
      for (let n = 0; n <= trials; n += 1) await world.pass(LONG_MS);
      const last = await world.keeper.read(({ meta }) => meta.eventSeq);
      expect(receiver.seqs).toEqual(Array.from({ length: last - before }, (_, index) => before + 1 + index));
      const ids = receiver.got.map(({ id, content }) => [
        id,
        content.kind === 'events' && content.events[0]?.seq,
      ]);
      expect(new Set(ids.map(([id]) => id)).size, 'one id for each event').toBe(receiver.seqs.length);
      const unanswered = steps.reduce((sum, s) => sum + (s.do === 'lose' ? s.times : 0), 0);
      const repeated = receiver.got.length - receiver.seqs.length;
      expect(repeated).toBeLessThanOrEqual(unanswered + crashes * UNNOTED_MESSAGES_MAX);
      const noted = await world.keeper.read(({ webhooks }) => webhooks.get('ops'));
      expect(noted).toMatchObject({ sentThrough: last, trouble: null });
      await world.close();
    }),
    { numRuns: 60 },
  );
});

test('who was away while events were forgotten is told which, and then gets the rest (N7)', async () => {
  const receiver = new TestReceiver();
  let world = await aNotifiedWorld(receiver.senders);
  await world.pool('boards', 1);
  await world.webhook();
  const place = await world.keeper.read(({ webhooks }) => webhooks.get('ops')?.sentThrough ?? 0);
  receiver.failing = 1;
  for (let n = 0; n < 10; n += 1) await lend(world);
  const last = await world.keeper.read(({ meta }) => meta.eventSeq);
  await world.store.prune({ eventsBelow: last - 4, endedBefore: 0, limit: 1_000 });
  world = await world.crash();
  await world.pass(LONG_MS);
  expect(receiver.got[0]?.content).toEqual({ kind: 'gap', from: place + 1, to: last - 5 });
  expect(receiver.seqs).toEqual([last - 4, last - 3, last - 2, last - 1, last]);
  await world.close();
});

test('a server that stops notes how far it came: the next one repeats nothing', async () => {
  const receiver = new TestReceiver();
  let world = await aNotifiedWorld(receiver.senders);
  await world.pool('boards', 1);
  await world.webhook();
  for (let n = 0; n < 5; n += 1) await lend(world);
  await world.pass(10);
  await world.notifier[Symbol.asyncDispose]();
  world = await world.crash();
  await lend(world);
  await world.pass(LONG_MS);
  expect(receiver.got).toHaveLength(receiver.seqs.length);
  await world.close();
});
