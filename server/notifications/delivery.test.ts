import { expect, test } from 'vitest';
import { aSpec, aNotifiedWorld } from './testing/notified-world.ts';
import type { NotifiedWorld } from './testing/notified-world.ts';
import { TestReceiver } from './testing/test-receiver.ts';
import { UNNOTED_MESSAGES_MAX, UNNOTED_MS_MAX } from './delivery.ts';
import { RECENT_EVENTS_MAX } from './recent-events.ts';

async function aWorld(): Promise<NotifiedWorld & { receiver: TestReceiver }> {
  const receiver = new TestReceiver();
  const world = await aNotifiedWorld(receiver.senders);
  await world.pool('boards', 1);
  return { ...world, receiver };
}

async function lend(world: NotifiedWorld, times = 1): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const lease = await world.lease('boards');
    await world.keeper.ask({ type: 'endLease', lease, asHolder: null });
  }
}

function types(receiver: TestReceiver): string[] {
  return receiver.got.flatMap(({ content }) =>
    content.kind === 'events' ? content.events.map(({ type }) => type) : [content.kind],
  );
}

const noted = (world: NotifiedWorld): Promise<number | undefined> =>
  world.keeper.read(({ webhooks }) => webhooks.get('ops')?.sentThrough);
const last = (world: NotifiedWorld): Promise<number> => world.keeper.read(({ meta }) => meta.eventSeq);

test('a receiver gets what it asked for, and what it did not is behind it', async () => {
  const world = await aWorld();
  await world.webhook({ types: ['lease.granted', 'lease.ended'], pools: ['boards'] });
  await lend(world);
  await world.pass(10);
  expect(types(world.receiver)).toEqual(['lease.granted', 'lease.ended']);
  expect(world.notifier.sentThrough('ops')).toBe(await last(world));
  await world.close();
});

test('how far it has come is noted at most once a second, or after so many messages', async () => {
  const world = await aWorld();
  await world.webhook({ types: ['lease.granted'] });
  const { commits } = world.store;
  await lend(world);
  await world.pass(UNNOTED_MS_MAX / 2);
  expect(world.store.commits - commits).toBe(2);
  await world.pass(UNNOTED_MS_MAX);
  expect([world.store.commits - commits, await noted(world)]).toEqual([3, await last(world)]);
  const busy = world.store.commits;
  await lend(world, UNNOTED_MESSAGES_MAX + 1);
  await world.pass(10);
  expect(world.store.commits - busy).toBe(2 * (UNNOTED_MESSAGES_MAX + 1) + 1);
  await world.close();
});

test('events that nobody wants are noted seldom, so that an idle receiver writes nothing', async () => {
  const world = await aWorld();
  await world.webhook({ types: ['token.*'] });
  const { commits } = world.store;
  await lend(world, 100);
  await world.pass(60_000);
  expect(world.store.commits - commits).toBe(200);
  expect(world.notifier.sentThrough('ops')).toBe(await last(world));
  await world.close();
});

test('who is far behind reads from the store, and what is recent comes from memory', async () => {
  const world = await aWorld();
  await world.webhook({ types: ['lease.granted'], isDisabled: true });
  const times = RECENT_EVENTS_MAX;
  await lend(world, times);
  await world.webhook({ types: ['lease.granted'] });
  await world.pass(60_000);
  expect(world.receiver.seqs).toHaveLength(times);
  await world.close();
});

test('a webhook that is switched off keeps its place, and goes on from there', async () => {
  const world = await aWorld();
  await world.webhook({ types: ['lease.granted'] });
  await world.webhook({ types: ['lease.granted'], isDisabled: true });
  await lend(world, 2);
  await world.pass(10);
  expect(types(world.receiver)).toEqual([]);
  await world.webhook({ types: ['lease.granted'] });
  await world.pass(10);
  expect(types(world.receiver)).toEqual(['lease.granted', 'lease.granted']);
  await world.close();
});

test('a change of what is wanted counts for what waits too', async () => {
  const world = await aWorld();
  world.receiver.failing = 1;
  await world.webhook({ types: ['lease.*'] });
  await lend(world);
  await world.pass(10);
  await world.webhook({ types: ['lease.ended'] });
  await world.pass(10);
  expect(types(world.receiver)).toEqual(['lease.ended']);
  await world.close();
});

test('a person who says "retry" does not wait for the pause', async () => {
  const world = await aWorld();
  world.receiver.failing = 6;
  await world.webhook({ types: ['lease.granted'] });
  await lend(world);
  await world.pass(200_000);
  expect([world.receiver.attempts, types(world.receiver)]).toEqual([6, []]);
  await world.keeper.ask({ type: 'resumeWebhook', name: 'ops' });
  await world.pass(10);
  expect(types(world.receiver)).toEqual(['lease.granted']);
  await world.pass(1_000);
  expect(await world.keeper.read(({ webhooks }) => webhooks.get('ops')?.trouble)).toBeNull();
  await world.close();
});

test('one that was removed gets nothing, and one that is made anew begins where it was made', async () => {
  const world = await aWorld();
  await world.webhook({ types: ['lease.granted'] });
  world.receiver.failing = 1;
  await lend(world);
  await world.pass(10);
  await world.keeper.ask({ type: 'removeWebhook', name: 'ops' });
  await lend(world);
  await world.webhook({ types: ['lease.granted'] });
  await lend(world);
  await world.pass(10_000);
  expect(world.receiver.seqs).toHaveLength(1);
  expect(world.receiver.seqs[0]).toBeGreaterThan((await last(world)) - 4);
  await world.close();
});

test('what comes together goes together where the receiver takes several, and no more than it takes', async () => {
  const world = await aWorld();
  world.receiver.eventsMax = 3;
  world.receiver.gatherMs = 5_000;
  await world.webhook({ types: ['lease.granted'] });
  await lend(world, 4);
  await world.pass(4_000);
  expect(world.receiver.attempts).toBe(0);
  await world.pass(2_000);
  const counts = world.receiver.got.map(({ content }) => content.kind === 'events' && content.events.length);
  expect(counts).toEqual([3, 1]);
  await world.close();
});

test('a test is sent beside what waits, one at a time, and says what came of it', async () => {
  const world = await aWorld();
  world.receiver.failing = 1;
  const webhook = { ...aSpec(), sealedSecret: null, sentThrough: 0, trouble: null, version: 1, createdAt: 0 };
  expect(await world.notifier.test(webhook)).toMatchObject({ isDelivered: false, error: 'It answered 500.' });
  const first = world.notifier.test(webhook);
  await expect(world.notifier.test(webhook)).rejects.toMatchObject({ code: 'too_many_requests' });
  expect(await first).toMatchObject({ isDelivered: true, error: null });
  expect(types(world.receiver)).toEqual(['test']);
  await world.close();
});

test('events that were forgotten while a message waited are told after it (N7)', async () => {
  const world = await aWorld();
  world.receiver.eventsMax = 3;
  world.receiver.failing = 1;
  await world.webhook({ types: ['lease.granted'] });
  await lend(world);
  await world.pass(10);
  await lend(world, 2 * RECENT_EVENTS_MAX);
  await world.store.prune({ eventsBelow: (await last(world)) - 2, endedBefore: 0, limit: 100_000 });
  await world.pass(10_000);
  expect(types(world.receiver)).toEqual(['lease.granted', 'gap', 'lease.granted']);
  await world.close();
});
