import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

const signal = (): AbortSignal => new AbortController().signal;

test('work under one key happens one after another, a failure before it does not matter; other keys go on', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', signal(), async () => {
    await gate.promise;
    log.push('first');
    throw new Error('failed');
  });
  const second = turns.take('a', signal(), () => {
    log.push('second');
    return Promise.resolve(2);
  });
  expect(await turns.take('b', signal(), () => Promise.resolve('other'))).toBe('other');
  expect(log).toEqual([]);
  gate.resolve();
  await expect(first).rejects.toThrow('failed');
  expect(await second).toBe(2);
  expect(log).toEqual(['first', 'second']);
});

test('who waits for a turn gives up when the signal aborts, and its work is never done', async () => {
  const turns = new Turns();
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', signal(), () => gate.promise);
  const abort = new AbortController();
  const second = turns.take('a', abort.signal, () => expect.unreachable());
  abort.abort(new Error('no longer wanted'));
  await expect(second).rejects.toThrow('no longer wanted');
  gate.resolve();
  await first;
  await turns.ended();
});
