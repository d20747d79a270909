import { IncomingMessage, request, ServerResponse } from 'node:http';
import type { ClientRequest } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startBoskos } from './testing/boskos-harness.ts';
import type { BoskosHarness } from './testing/boskos-harness.ts';
import { WaitingLines } from './waiting-lines.ts';

/** Asks, and answers once the server has its place in the queue. */
async function askAndWait(boskos: BoskosHarness, id: string, query: Record<string, string> = {}) {
  const waiters = await waitersOf(boskos);
  const answer = boskos.acquire({ owner: id, request_id: id, wait: '60s', ...query });
  await expect.poll(() => waitersOf(boskos)).toBe(waiters + 1);
  return answer;
}

function waitersOf(boskos: BoskosHarness): Promise<number> {
  return boskos.keeper.read(({ waiters }) => waiters.size);
}

async function aBusyPool(names: readonly string[] = ['a']): Promise<BoskosHarness> {
  const boskos = await startBoskos();
  await boskos.type('t', names);
  for (const _name of names) await boskos.acquire({});
  return boskos;
}

test('who waits is answered as soon as something is free, and no time has passed', async () => {
  await using boskos = await aBusyPool();
  const answer = askAndWait(boskos, 'bob');
  await expect.poll(() => waitersOf(boskos)).toBe(1);
  await boskos.release('a');
  expect(await answer).toMatchObject({ status: 200 });
  expect(boskos.time.now()).toBe(Date.parse('2006-01-02T15:04:05Z'));
  expect(await waitersOf(boskos)).toBe(0);
});

test('those who wait are served in the order of their queue', async () => {
  await using boskos = await aBusyPool();
  const served: string[] = [];
  const answers: Promise<void>[] = [];
  for (const id of ['1', '2', '3']) {
    const asked = askAndWait(boskos, id);
    answers.push(asked.then(({ status }) => void served.push(`${id}: ${status}`)));
    await expect.poll(() => waitersOf(boskos)).toBe(Number(id));
  }
  for (const owner of ['ann', '1', '2']) {
    const count = served.length;
    expect((await boskos.release('a', 'free', owner)).status).toBe(200);
    await expect.poll(() => served.length).toBe(count + 1);
  }
  await Promise.all(answers);
  expect(served).toEqual(['1: 200', '2: 200', '3: 200']);
});

test('who polls and was first is not passed by those who wait', async () => {
  await using boskos = await aBusyPool();
  await boskos.acquire({ owner: 'poller', request_id: 'poller' });
  const waits = askAndWait(boskos, 'bob');
  await expect.poll(() => waitersOf(boskos)).toBe(2);
  await boskos.release('a');
  expect((await boskos.acquire({ owner: 'poller', request_id: 'poller' })).status).toBe(200);
  await boskos.release('a', 'free', 'poller');
  expect((await waits).status).toBe(200);
});

test('a wait ends in the answer of the original when its time is up, and keeps its place for the next', async () => {
  await using boskos = await aBusyPool();
  const answer = boskos.acquire({ owner: 'bob', request_id: 'bob', wait: '45s' });
  await expect.poll(() => waitersOf(boskos)).toBe(1);
  await until(boskos, answer, 45_000);
  expect(await answer).toMatchObject({
    status: 404,
    text: 'Acquire failed: no available resource t, try again later.\n',
    headers: { 'x-queue-position': '1' },
  });
  const askBy = await boskos.keeper.read(({ waiters }) => [...waiters.values()][0]?.askBy);
  expect(askBy).toBe(boskos.time.now() + 30_000);
});

test('one that waits keeps its place for longer than a place is kept without asking', async () => {
  await using boskos = await aBusyPool();
  const answer = boskos.acquire({ owner: 'bob', request_id: 'bob', wait: '5m' });
  await expect.poll(() => waitersOf(boskos)).toBe(1);
  await boskos.time.advance(1_000);
  await boskos.acquire({ owner: 'eve', request_id: 'eve' });
  await until(boskos, answer, 120_000);
  await boskos.release('a');
  expect(await answer).toMatchObject({ status: 200 });
});

test('a client that goes away leaves its place as one that stopped polling, and takes nothing', async () => {
  await using boskos = await aBusyPool();
  const gone = hangUp(boskos, '/acquire?type=t&state=free&dest=busy&owner=gone&request_id=gone&wait=60s');
  await expect.poll(() => waitersOf(boskos)).toBe(1);
  gone.destroy();
  const answer = askAndWait(boskos, 'bob');
  await expect.poll(() => waitersOf(boskos)).toBe(2);
  await boskos.release('a');
  await until(boskos, answer, 31_000);
  expect(await answer).toMatchObject({ status: 200 });
  expect(await boskos.see('a')).toMatchObject({ owner: 'bob' });
});

test('what was taken for a client that has gone meanwhile is given back', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a']);
  boskos.store.hold();
  const started = boskos.store.commitStarted();
  const gone = hangUp(boskos, '/acquire?type=t&state=free&dest=busy&owner=gone&request_id=gone&wait=60s');
  await started;
  gone.destroy();
  await expect.poll(() => connectionsOf(boskos)).toBe(0);
  boskos.store.release();
  await expect.poll(async () => (await boskos.keeper.read(({ leases }) => leases.size)) === 0).toBe(true);
  expect(await boskos.see('a')).toMatchObject({ state: 'free', owner: '' });
  const given = await boskos.keeper.listEvents({ after: 0, limit: 100 });
  expect(given.filter(({ type }) => type.startsWith('lease.')).map(({ type }) => type)).toEqual([
    'lease.granted',
    'lease.ended',
  ]);
});

test('who comes when too many wait is answered at once', async () => {
  await using boskos = await aBusyPool();
  using lines = new WaitingLines(boskos.keeper, boskos.time, 1);
  const wait = { pool: 't', stage: 'free', request: null, waitMs: 60_000, ttlMs: 30_000 };
  const said = { result: 'none', position: null } as const;
  const first = lines.ask(wait, new ServerResponse(new IncomingMessage(new Socket())), async () => said);
  const second = lines.ask(wait, new ServerResponse(new IncomingMessage(new Socket())), async () => said);
  expect(await second).toBe(said);
  let isFirstAnswered = false;
  void first.then(() => (isFirstAnswered = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isFirstAnswered).toBe(false);
  lines[Symbol.dispose]();
  expect(await first).toBe(said);
});

test('without a request id nobody has a place, and waits all the same', async () => {
  await using boskos = await aBusyPool();
  const answer = boskos.acquire({ owner: 'bob', wait: '60s' });
  await expect.poll(() => boskos.time.pending).toBeGreaterThan(0);
  await boskos.release('a');
  expect(await answer).toMatchObject({ status: 200 });
});

test('a server that closes answers those who wait with what is', async () => {
  const boskos = await aBusyPool();
  const answer = askAndWait(boskos, 'bob');
  await expect.poll(() => waitersOf(boskos)).toBe(1);
  await boskos[Symbol.asyncDispose]();
  expect(await answer).toMatchObject({ status: 404 });
});

/** Lets time pass in steps, and what is ready come to rest between them, until the answer is there or the time is up. */
async function until(boskos: BoskosHarness, answer: Promise<unknown>, durationMs: number): Promise<void> {
  let isAnswered = false;
  void answer.then(() => (isAnswered = true));
  for (let passed = 0; passed < durationMs && !isAnswered; passed += 1_000) {
    await boskos.time.advance(1_000);
    await boskos.keeper.read(() => {});
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function hangUp(boskos: BoskosHarness, path: string): ClientRequest {
  const sent = request({ host: '127.0.0.1', port: boskos.port, method: 'POST', path });
  sent.on('error', () => {});
  sent.end();
  return sent;
}

function connectionsOf({ app }: BoskosHarness): Promise<number> {
  return new Promise((resolve, reject) =>
    app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );
}
