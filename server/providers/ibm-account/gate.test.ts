import { expect, test } from 'vitest';
import { Gate } from './gate.ts';

test('so many go on at once, the others in their order, and one that fails or is not wanted any more lets the next in', async () => {
  const gate = new Gate(2);
  const { signal } = new AbortController();
  const stop = new AbortController();
  const ends: (() => void)[] = [];
  const begun: string[] = [];
  const work = (name: string) => (): Promise<string> => {
    begun.push(name);
    return new Promise((resolve, reject) => {
      ends.push(() => (name === 'failing' ? reject(new Error(name)) : resolve(name)));
    });
  };
  const first = gate.pass(signal, work('failing'));
  const second = gate.pass(signal, work('second'));
  const unwanted = gate.pass(stop.signal, work('unwanted'));
  const third = gate.pass(signal, work('third'));
  expect(begun).toEqual(['failing', 'second']);
  stop.abort(new Error('no longer wanted'));
  ends[0]?.();
  await expect(first).rejects.toThrow('failing');
  await expect(unwanted).rejects.toThrow('no longer wanted');
  await expect.poll(() => begun).toEqual(['failing', 'second', 'third']);
  for (const end of ends) end();
  expect(await Promise.all([second, third])).toEqual(['second', 'third']);
});
