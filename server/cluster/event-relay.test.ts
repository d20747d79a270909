import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventRelay, MESSAGE_BYTES_MAX } from './event-relay.ts';

const TEXT =
  'retry: 2000\nid: 4\n\nid: 5\nevent: tick\ndata: {"ü":1}\n\n: alive\nid: 6\n\nid: 7\ndata: {"a":2}\n\n';

test('whole messages are passed on, and the last number is known, however the text is cut', () => {
  const bytes = Buffer.from(`${TEXT}id: 8\nda`);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const relay = new EventRelay();
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const passed = places.slice(1).map((end, at) => relay.take(bytes.subarray(places[at], end)));
      expect(Buffer.concat(passed).toString()).toBe(TEXT);
      expect([relay.lastId, relay.isWhole]).toEqual(['7', true]);
    }),
  );
});

test('what was held back is forgotten when another replica begins anew', () => {
  const relay = new EventRelay();
  relay.take(Buffer.from('id: 1\n\nid: 2\nda'));
  relay.restart();
  expect(relay.take(Buffer.from('id: 2\ndata: x\n\n')).toString()).toBe('id: 2\ndata: x\n\n');
  expect(relay.lastId).toBe('2');
});

test('a message without an end is passed on past a bound, and nobody goes on behind it', () => {
  const relay = new EventRelay();
  const long = Buffer.alloc(MESSAGE_BYTES_MAX + 1, 'x');
  expect(relay.take(long).length).toBe(long.length);
  expect(relay.isWhole).toBe(false);
});
