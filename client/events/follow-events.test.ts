import { expect, test } from 'vitest';
import type { Event, EventsInput } from '../index.ts';
import { aProblem } from '../testing/stand-in-fetch.ts';
import type { Answer, Seen } from '../testing/stand-in-fetch.ts';
import { virtualPoolkeeper } from '../testing/virtual-poolkeeper.ts';

const MINUTE_MS = 60_000;
const HEAD = 'retry: 2000\nid: 7\n\n';
const ROUTE_QUERY = /after=(\d+)/;

const message = (seq: number): string =>
  `id: ${seq}\nevent: pool.changed\ndata: ${JSON.stringify({ seq })}\n\n`;

/** A stream that says this; then it ends, or stays open and says nothing more. */
function aStream(texts: readonly string[], end: 'ends' | 'stays' = 'ends'): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const text of texts) controller.enqueue(encoder.encode(text));
      if (end === 'ends') controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
}

function listen(answer: (request: Seen, before: number) => Answer, input: EventsInput = {}) {
  const world = virtualPoolkeeper(answer);
  const heard: number[] = [];
  const cuts: string[] = [];
  const stop = new AbortController();
  const outcome: { error?: unknown } = {};
  const hear = async (): Promise<void> => {
    const onCut = ({ message: text }: Error): void => void cuts.push(text);
    for await (const { seq } of world.poolkeeper.events({ onCut, signal: stop.signal, ...input }))
      heard.push(seq);
  };
  void hear().catch((error: unknown) => (outcome.error = error));
  const places = () => world.seen.map(({ query }) => ROUTE_QUERY.exec(query)?.[1]);
  return { ...world, heard, cuts, stop, outcome, places };
}

test('a message may come in any pieces, and one that is torn is read again', async () => {
  const [first, rest] = [message(8).slice(0, 9), message(8).slice(9)];
  const { heard, cuts, places, pass } = listen((_request, before) =>
    before === 0
      ? aStream([HEAD.slice(0, 3), HEAD.slice(3), first, rest + message(9), message(10).slice(0, 20)])
      : aStream([message(9), message(10)], 'stays'),
  );
  await pass(3_000, 500);
  expect(heard).toEqual([8, 9, 10]);
  expect(places()).toEqual([undefined, '9']);
  expect(cuts).toEqual(['the stream ended']);
});

test('the place that a stream tells is where it goes on, and its pause is kept to', async () => {
  const { places, pass } = listen(() => aStream([HEAD, ': alive\nid: 30\n\n']));
  await pass(0);
  expect(places()).toEqual([undefined]);
  await pass(1_900);
  expect(places()).toEqual([undefined]);
  await pass(100);
  expect(places()).toEqual([undefined, '30']);
});

test('a line that is silent for longer than signs of life come is made anew', async () => {
  const { places, cuts, pass, stop, outcome, timers } = listen((request) => {
    const response = aStream([HEAD, message(8)], 'stays');
    return request.query === '' ? response : 'silence';
  });
  await pass(44_000);
  expect(places()).toEqual([undefined]);
  await pass(5_000);
  expect(places()).toEqual([undefined, '8']);
  expect(cuts).toEqual(['nothing came within 45 s']);
  stop.abort(new Error('enough'));
  await pass(0);
  expect(outcome.error).toMatchObject({ message: 'enough' });
  expect(timers()).toBe(0);
});

test('a server that was there is waited for, for ten minutes and with pauses that grow to a bound', async () => {
  const { outcome, seen, pass, timers } = listen((_request, before) =>
    before === 0 ? aStream([HEAD]) : 'cut',
  );
  await pass(9 * MINUTE_MS, 1_000);
  expect(outcome.error).toBe(undefined);
  expect(seen.length).toBeGreaterThan(30);
  expect(seen.length).toBeLessThan(100);
  await pass(2 * MINUTE_MS, 1_000);
  expect(outcome.error).toMatchObject({ name: 'NoAnswerError' });
  expect(timers()).toBe(0);
});

test('a server that was never there is given up after five tries', async () => {
  const { outcome, seen, pass } = listen(() => 'cut');
  await pass(MINUTE_MS, 1_000);
  expect(outcome.error).toMatchObject({ name: 'NoAnswerError' });
  expect(seen.length).toBe(5);
});

test.each<[what: string, answer: () => Answer, error: object]>([
  ['a refusal', () => aProblem(403, 'forbidden'), { code: 'forbidden' }],
  ['a page instead of a stream', () => Response.json({ items: [], next: null }), { name: 'NoAnswerError' }],
  [
    'a message that is none',
    () => aStream(['id: 8\nevent: x\ndata: {"seq":\n\n']),
    { name: 'NoAnswerError' },
  ],
])('%s is told and not tried again', async (_what, answer, error) => {
  const { outcome, seen, pass } = listen(answer);
  await pass(MINUTE_MS, 1_000);
  expect(outcome.error).toMatchObject(error);
  expect(seen.length).toBe(1);
});

test('too many listeners are waited for as long as the server says', async () => {
  const { heard, seen, pass } = listen((_request, before) =>
    before === 0
      ? aProblem(429, 'too_many_requests', { 'retry-after': '5' })
      : aStream([message(8)], 'stays'),
  );
  await pass(4_900);
  expect(seen.length).toBe(1);
  await pass(200);
  expect(heard).toEqual([8]);
});

test('without following, stored events are read page by page, and then it ends', async () => {
  const { poolkeeper, seen } = virtualPoolkeeper((_request, before) =>
    Response.json({ items: [{ seq: before + 1 }], next: before === 0 ? 'c1' : null }),
  );
  const heard: Event[] = [];
  for await (const event of poolkeeper.events({ follow: false, pool: 'web' })) heard.push(event);
  expect(heard.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(seen.map(({ query }) => query)).toEqual(['?pool=web&limit=500', '?pool=web&limit=500&cursor=c1']);
});
