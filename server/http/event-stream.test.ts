import type { WorldEvent } from '@poolkeeper/core';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { VirtualTime } from '../virtual-time.ts';
import { EventStream } from './event-stream.ts';
import { HEARTBEAT_MS } from './sse-writer.ts';

function anEvent(seq: number): WorldEvent {
  return {
    seq,
    at: 0,
    type: 'pool.changed',
    pool: 'web',
    resource: null,
    lease: null,
    holder: null,
    data: {},
  };
}
const events = (from: number, to: number): WorldEvent[] =>
  Array.from({ length: to - from + 1 }, (_, n) => anEvent(from + n));

/** A client whose reading a test stops. */
class Client extends EventEmitter {
  text = '';
  isStopped = false;
  isEnded = false;

  get writableNeedDrain(): boolean {
    return this.isStopped;
  }

  write(text: string): boolean {
    this.text += text;
    return !this.isStopped;
  }

  go(): void {
    this.isStopped = false;
    this.emit('drain');
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.emit('close');
  }

  get seqs(): number[] {
    return [...this.text.matchAll(/^id: (\d+)\nevent: /gm)].map(([, seq]) => Number(seq));
  }
}

/** A stream over a store whose reads a test answers: `read` waits for the next one, and resolves it with what it is given. */
function aStream(after = 0, fits: (event: WorldEvent) => boolean = () => true) {
  const client = new Client();
  const time = new VirtualTime();
  const reads: { after: number; answer: (events: readonly WorldEvent[]) => void }[] = [];
  let publish: (events: readonly WorldEvent[]) => void = () => {};
  let isSubscribed = false;
  const stream = new EventStream({
    keeper: {
      subscribe: (listener) => {
        publish = listener;
        isSubscribed = true;
        return () => {
          isSubscribed = false;
        };
      },
      listEvents: ({ after: from }) =>
        new Promise((resolve) => void reads.push({ after: from, answer: resolve })),
      findToken: () => ({}) as never,
    },
    timers: time,
    response: client as unknown as ServerResponse,
    filter: { query: {}, fits },
    after,
    token: { id: 'tok_1', hash: 'x' },
  });
  const ran = stream.run();
  return {
    client,
    stream,
    time,
    ran,
    publish: (happened: readonly WorldEvent[]) => publish(happened),
    isSubscribed: () => isSubscribed,
    read: async () => {
      await time.advance(0);
      const read = reads.shift();
      if (read === undefined) throw new Error('the store is not read');
      return read;
    },
    readsWaiting: () => reads.length,
  };
}

test('what becomes durable while history is read comes after it, once', async () => {
  const { client, read, publish, time, stream, ran, isSubscribed } = aStream();
  const first = await read();
  expect([first.after, isSubscribed()]).toEqual([0, true]);
  // 3 is in the page that is being read and is published too; 4 is published alone.
  publish([anEvent(3)]);
  publish([anEvent(4)]);
  first.answer(events(1, 3));
  await time.advance(0);
  publish([anEvent(5)]);
  await time.advance(0);
  expect(client.seqs).toEqual([1, 2, 3, 4, 5]);
  stream.close();
  await ran;
  expect([client.isEnded, isSubscribed(), time.pending]).toEqual([true, false, 0]);
});

test('history is read to its end, page by page', async () => {
  const { client, read, time, stream, ran } = aStream(10);
  (await read()).answer(events(11, 510));
  const second = await read();
  expect(second.after).toBe(510);
  second.answer(events(511, 520));
  await time.advance(0);
  expect(client.seqs).toEqual(Array.from({ length: 510 }, (_, n) => n + 11));
  stream.close();
  await ran;
});

test('what does not fit into the list of a slow client is read again when it goes on', async () => {
  const { client, read, publish, time, stream, ran, readsWaiting } = aStream();
  (await read()).answer([]);
  await time.advance(0);
  client.isStopped = true;
  publish([anEvent(1)]);
  await time.advance(0);
  publish(events(2, 1_500));
  publish(events(1_501, 2_600));
  publish(events(2_601, 2_610));
  expect([client.seqs, readsWaiting()]).toEqual([[1], 0]);
  client.go();
  for (let from = 2; from <= 2_610; from += 500)
    (await read()).answer(events(from, Math.min(from + 499, 2_610)));
  await time.advance(0);
  publish([anEvent(2_611)]);
  await time.advance(0);
  expect(client.seqs).toEqual(Array.from({ length: 2_611 }, (_, n) => n + 1));
  stream.close();
  await ran;
});

test('a client that goes while history is read for it is let go', async () => {
  const { client, read, ran, time, isSubscribed } = aStream();
  const { answer } = await read();
  client.isStopped = true;
  client.destroy();
  answer(events(1, 3));
  await ran;
  expect([isSubscribed(), time.pending]).toEqual([false, 0]);
});

test('its place is told at the beginning and while nothing fits: a client without an event comes again without a gap', async () => {
  const { client, read, publish, time, stream, ran } = aStream(40, () => false);
  (await read()).answer([]);
  expect(client.text).toBe('retry: 2000\nid: 40\n\n');
  publish(events(41, 45));
  await time.advance(HEARTBEAT_MS);
  expect(client.text).toBe('retry: 2000\nid: 40\n\n: alive\nid: 45\n\n');
  stream.close();
  await ran;
});

test('a store that cannot be read ends the stream: the client comes again', async () => {
  const { read, ran, client, time } = aStream();
  const { answer } = await read();
  answer(Promise.reject(new Error('gone')) as never);
  await ran;
  expect([client.isEnded, time.pending]).toEqual([true, 0]);
});
