import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../cli/testing/cli-process.ts';
import { createPoolkeeper } from '../index.ts';
import type { Event, Poolkeeper } from '../index.ts';
import { LossyProxy } from '../testing/lossy-proxy.ts';
import { RealWorld } from '../testing/real-world.ts';

let world: RealWorld;
beforeAll(async () => {
  world = await RealWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Makes events: each turn asks for a lease and gives it back. */
async function makeEvents(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    const lease = await world.poolkeeper.leases.acquire({ pool: 'boards' });
    await world.poolkeeper.leases.end(lease.id);
  }
}

async function lastSeq(): Promise<number> {
  let last = 0;
  for await (const { seq } of world.poolkeeper.events({ follow: false })) last = seq;
  return last;
}

/** Follows events until the loop is told to stop; what was heard so far is in `heard`. */
function listen(poolkeeper: Poolkeeper, input: Parameters<Poolkeeper['events']>[0] = {}) {
  const stop = new AbortController();
  const heard: Event[] = [];
  const reason = new Error('heard enough');
  const ended = (async () => {
    for await (const event of poolkeeper.events({ ...input, signal: stop.signal })) heard.push(event);
  })().catch((error: unknown) => {
    if (error !== reason) throw error;
  });
  return {
    heard,
    seqs: () => heard.map(({ seq }) => seq),
    stop: async () => {
      stop.abort(reason);
      await ended;
    },
  };
}

const upTo = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n);

test('a stream that is cut again and again, at any byte, loses nothing and doubles nothing', async () => {
  const begin = await lastSeq();
  let cuts = 0;
  await using proxy = await LossyProxy.start(world.server.url, ({ before }) => {
    if (before >= 25) return 'pass';
    cuts += 1;
    // From within the head of the first message to behind several of them.
    return { cutAfter: 5 + ((before * 389) % 2_500) };
  });
  const cutsTold: string[] = [];
  const { seqs, stop } = listen(world.connect(proxy.url), {
    after: begin,
    onCut: ({ name }) => void cutsTold.push(name),
  });
  await makeEvents(40);
  const end = await lastSeq();
  await eventually(() => Promise.resolve(seqs().at(-1) === end ? true : undefined));
  await stop();
  expect(end - begin).toBeGreaterThanOrEqual(80);
  expect(seqs()).toEqual(upTo(begin + 1, end));
  expect(cuts).toBeGreaterThan(10);
  expect(cutsTold.length).toBeGreaterThan(10);
  expect(new Set(cutsTold)).toEqual(new Set(['NoAnswerError']));
});

test('a listener that was cut before it heard anything has missed nothing', async () => {
  const begin = await lastSeq();
  const head = `retry: 2000\nid: ${begin}\n\n`;
  await using proxy = await LossyProxy.start(world.server.url, ({ before }) =>
    before === 0 ? { cutAfter: head.length } : 'pass',
  );
  let isCut = false;
  const { seqs, stop } = listen(world.connect(proxy.url), { onCut: () => (isCut = true) });
  await eventually(() => Promise.resolve(isCut ? true : undefined));
  await makeEvents(2);
  const end = await lastSeq();
  await eventually(() => Promise.resolve(seqs().at(-1) === end ? true : undefined));
  await stop();
  expect(seqs()).toEqual(upTo(begin + 1, end));
});

test('a loop that is left hangs up, and so does an aborted one', async () => {
  await using proxy = await LossyProxy.start(world.server.url, () => 'pass');
  const poolkeeper = world.connect(proxy.url);
  const heard: number[] = [];
  for await (const { seq } of poolkeeper.events({ after: 0 })) {
    heard.push(seq);
    if (seq === 5) break;
  }
  expect(heard).toEqual([1, 2, 3, 4, 5]);
  await eventually(() => Promise.resolve(proxy.open === 0 ? true : undefined));
  const listening = listen(poolkeeper);
  await eventually(() => Promise.resolve(proxy.open === 1 ? true : undefined));
  await listening.stop();
  await eventually(() => Promise.resolve(proxy.open === 0 ? true : undefined));
  expect(proxy.exchanges.length).toBe(2);
});

test('events are narrowed by what is asked for, and without following they end', async () => {
  const lease = await world.poolkeeper.leases.acquire({ pool: 'one' });
  await world.poolkeeper.leases.end(lease.id);
  const types: string[] = [];
  for await (const { type } of world.poolkeeper.events({ follow: false, lease: lease.id })) types.push(type);
  expect(types).toEqual(expect.arrayContaining(['lease.granted', 'lease.ended']));
  for await (const { type } of world.poolkeeper.events({
    after: 0,
    lease: lease.id,
    type: ['lease.ended'],
  })) {
    expect(type).toBe('lease.ended');
    break;
  }
});

test('a refusal is told and not tried again: a token that is revoked ends the stream', async () => {
  const { id, secret } = await world.poolkeeper.tokens.create({ name: 'listener', role: 'viewer' });
  const listener = createPoolkeeper({ url: world.server.url, token: secret });
  const heard: Event[] = [];
  const hear = async (): Promise<void> => {
    for await (const event of listener.events()) heard.push(event);
  };
  const refused = hear().catch((error: unknown) => error);
  await eventually(async () => {
    await makeEvents(1);
    return heard.length > 0 ? true : undefined;
  });
  await world.poolkeeper.tokens.revoke(id);
  expect(await refused).toMatchObject({ code: 'unauthenticated', status: 401 });
});

test('a server that was never there is told of soon', async () => {
  const proxy = await LossyProxy.start(world.server.url, () => 'pass');
  await proxy[Symbol.asyncDispose]();
  const nowhere = world.connect(proxy.url);
  await expect(
    (async () => {
      for await (const _event of nowhere.events()) break;
    })(),
  ).rejects.toMatchObject({ name: 'NoAnswerError', message: 'nothing listens there' });
});

test('a server that is started again is heard on', async () => {
  await using before = await RealWorld.start();
  const { port } = new URL(before.server.url);
  const { heard, seqs, stop } = listen(before.poolkeeper, { after: 0 });
  await eventually(() => Promise.resolve(heard.length > 10 ? true : undefined));
  await before.server.stop();
  await using after = await RealWorld.start({ folder: before.server.folder, listen: `127.0.0.1:${port}` });
  const { name } = await after.poolkeeper.tokens.create({ name: 'news', role: 'viewer' });
  await eventually(() => Promise.resolve(heard.some(({ data }) => data['name'] === name) ? true : undefined));
  await stop();
  expect(seqs()).toEqual(upTo(1, seqs().length));
});
