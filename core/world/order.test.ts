import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QueueOrder } from '../model/pool.ts';
import { compareWaiting, createWaitingLines } from './order.ts';
import type { Waiting } from './order.ts';

function waiting(seq: number, more: Partial<Waiting> = {}): Waiting {
  return { lease: `lse_${seq}`, item: 0, holder: 'ann', priority: 0, seq, ...more };
}

const noShares = (): number => 0;

describe('who comes first (L6)', () => {
  const SHARES: Record<string, number> = { ann: 2, bob: 0 };
  const rows: [QueueOrder, Partial<Waiting>, Partial<Waiting>, 'first' | 'second'][] = [
    ['fifo', {}, {}, 'first'],
    ['fifo', { priority: 0 }, { priority: 9 }, 'first'],
    ['fifo', { holder: 'ann' }, { holder: 'bob' }, 'first'],
    ['priority', {}, {}, 'first'],
    ['priority', { priority: 0 }, { priority: 1 }, 'second'],
    ['priority', { priority: -1 }, { priority: 0 }, 'second'],
    ['priority', { holder: 'ann' }, { holder: 'bob' }, 'first'],
    ['fair', {}, {}, 'first'],
    ['fair', { holder: 'ann' }, { holder: 'bob' }, 'second'],
    ['fair', { holder: 'bob' }, { holder: 'ann' }, 'first'],
    ['fair', { priority: 0 }, { priority: 9 }, 'first'],
  ];

  test.each(rows)('%s: of the earlier %j and the later %j, the %4$s', (order, earlier, later, expected) => {
    const compare = compareWaiting(order, (holder) => SHARES[holder] ?? 0);
    const sign = expected === 'first' ? -1 : 1;
    expect(Math.sign(compare(waiting(1, earlier), waiting(2, later)))).toBe(sign);
    expect(Math.sign(compare(waiting(2, later), waiting(1, earlier)))).toBe(-sign);
  });

  test('the items of one lease stand one behind the other', () => {
    const compare = compareWaiting('fifo', noShares);
    expect(compare(waiting(1, { item: 0 }), waiting(1, { item: 1 }))).toBeLessThan(0);
    expect(compare(waiting(1), waiting(1))).toBe(0);
  });
});

test('a line has in front whoever comes first, whatever happens to it (L6)', () => {
  const holder = fc.constantFrom('ann', 'bob', 'cyd');
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), holder, priority: fc.integer({ min: 0, max: 2 }) }),
    fc.record({ do: fc.constant('remove' as const), pick: fc.nat() }),
    fc.record({ do: fc.constant('share' as const), holder, share: fc.integer({ min: 0, max: 3 }) }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom<QueueOrder>('fifo', 'priority', 'fair'),
      fc.array(step, { maxLength: 60 }),
      (order, steps) => {
        const shares = new Map<string, number>();
        const shareOf = (name: string): number => shares.get(name) ?? 0;
        const lines = createWaitingLines(order, shareOf);
        const line = lines.create();
        const other = lines.create();
        const model = new Set<Waiting>();
        steps.forEach((next, seq) => {
          if (next.do === 'add') {
            const entry = waiting(seq, { holder: next.holder, priority: next.priority });
            model.add(entry);
            line.add(entry);
            other.add(entry);
          } else if (next.do === 'remove') {
            const entry = [...model][next.pick % Math.max(1, model.size)];
            if (entry === undefined) return;
            model.delete(entry);
            line.remove(entry);
            other.remove(entry);
          } else {
            lines.changeShare(next.holder, () => void shares.set(next.holder, next.share));
          }
          const first = [...model].toSorted(compareWaiting(order, shareOf))[0];
          expect([line.size, line.first(), other.first()]).toEqual([model.size, first, first]);
        });
      },
    ),
    { numRuns: 200 },
  );
});

test('removing who is not in the line changes nothing', () => {
  const line = createWaitingLines('fair', noShares).create();
  line.add(waiting(1));
  line.remove(waiting(2));
  line.remove(waiting(3, { holder: 'bob' }));
  expect([line.size, line.first()]).toEqual([1, waiting(1)]);
});

describe('in a fair pool', () => {
  test('a holder that waits in very many lines moves in all of them when its share changes (L6)', () => {
    const LINES = 20_000;
    let share = 0;
    const lines = createWaitingLines('fair', (holder) => (holder === 'ann' ? share : 1));
    const all = Array.from({ length: LINES }, (_, n) => {
      const line = lines.create();
      line.add(waiting(n, { holder: 'ann' }));
      line.add(waiting(n, { holder: 'bob' }));
      return line;
    });
    expect(all.every((line) => line.first()?.holder === 'ann')).toBe(true);
    lines.changeShare('ann', () => {
      share = 2;
    });
    expect(all.every((line) => line.first()?.holder === 'bob')).toBe(true);
  });

  test('a changed share costs a look at the lines of this holder alone (L19)', () => {
    let looks = 0;
    const lines = createWaitingLines('fair', () => {
      looks += 1;
      return 0;
    });
    for (let n = 0; n < 1_000; n += 1) lines.create().add(waiting(n, { holder: `h${n}` }));
    const shared = lines.create();
    for (let n = 0; n < 1_000; n += 1) shared.add(waiting(n, { holder: `h${n}` }));
    looks = 0;
    lines.changeShare('h500', () => undefined);
    expect(looks).toBeLessThan(100);
  });
});
