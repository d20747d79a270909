import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LeaseItem, QueuedLease, SetAside } from '../model/lease.ts';
import { assignMember } from './assignment.ts';
import { frontierOf, openItems, poolsInOrder, setAsideCounts } from './frontier.ts';

function anItem(minimum: number, pool = 'boards'): LeaseItem {
  return { pool, count: minimum, minimum, match: {}, filter: null };
}

function aLease(items: readonly LeaseItem[], setAside: readonly SetAside[] = []): QueuedLease {
  return {
    id: 'lse_1',
    status: 'queued',
    holder: 'ann',
    items,
    durationMs: 1_000,
    heartbeatMs: null,
    priority: 0,
    labels: {},
    note: '',
    createdAt: 0,
    seq: 1,
    version: 1,
    setAside,
  };
}

/** Members that are offered one after another; a bit for each item that one fits. */
function assignAll(items: readonly LeaseItem[], offered: readonly number[]): QueuedLease {
  let lease = aLease(items);
  offered.forEach((fits, n) => {
    const setAside = assignMember(lease, { resource: `res_${n}`, fits });
    if (setAside !== undefined) lease = { ...lease, setAside };
  });
  return lease;
}

/** How many of the members find a place at best: tries every way. */
function bestBruteForce(room: readonly number[], offered: readonly number[]): number {
  const [fits, ...rest] = offered;
  if (fits === undefined) return 0;
  let best = bestBruteForce(room, rest);
  room.forEach((places, item) => {
    if (places === 0 || (fits & (1 << item)) === 0) return;
    const left = room.with(item, places - 1);
    best = Math.max(best, 1 + bestBruteForce(left, rest));
  });
  return best;
}

describe('a member finds its item (L21)', () => {
  const ANY = 0b01;
  const BOTH = 0b11;

  test('where there is room', () => {
    expect(assignAll([anItem(1)], [ANY]).setAside).toEqual([{ resource: 'res_0', item: 0, fits: ANY }]);
  });

  test('and none, where what it fits is full', () => {
    expect(assignAll([anItem(1)], [ANY, ANY]).setAside).toHaveLength(1);
  });

  test('and none, where it fits nothing', () => {
    expect(assignMember(aLease([anItem(1)]), { resource: 'res_0', fits: 0 })).toBeUndefined();
  });

  test('by moving another to where that fits too', () => {
    const lease = assignAll([anItem(1), anItem(1)], [BOTH, ANY]);
    expect(lease.setAside).toEqual([
      { resource: 'res_0', item: 1, fits: BOTH },
      { resource: 'res_1', item: 0, fits: ANY },
    ]);
  });

  test('by moving a chain of others', () => {
    const lease = assignAll([anItem(1), anItem(1), anItem(1)], [0b011, 0b110, 0b001]);
    expect(lease.setAside.map(({ resource, item }) => [resource, item])).toEqual([
      ['res_0', 1],
      ['res_1', 2],
      ['res_2', 0],
    ]);
  });
});

const problem = fc.integer({ min: 1, max: 4 }).chain((items) =>
  fc.record({
    room: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: items, maxLength: items }),
    offered: fc.array(fc.integer({ min: 0, max: 2 ** items - 1 }), { maxLength: 6 }),
  }),
);

test('as many members find a place as in the best of all ways, whatever the order they come in (L21)', () => {
  fc.assert(
    fc.property(problem, ({ room, offered }) => {
      const lease = assignAll(
        room.map((minimum) => anItem(minimum)),
        offered,
      );
      expect(lease.setAside).toHaveLength(bestBruteForce(room, offered));
      setAsideCounts(lease).forEach((count, item) => expect(count).toBeLessThanOrEqual(room[item] as number));
      for (const member of lease.setAside) expect(member.fits & (1 << member.item)).not.toBe(0);
      expect(new Set(lease.setAside.map((member) => member.resource)).size).toBe(lease.setAside.length);
    }),
    { numRuns: 500 },
  );
});

test('an item is open exactly where one more member that fits it alone would be taken (L21)', () => {
  fc.assert(
    fc.property(problem, ({ room, offered }) => {
      const lease = assignAll(
        room.map((minimum) => anItem(minimum)),
        offered,
      );
      const open = openItems(lease, 'boards');
      room.forEach((_, item) => {
        const isTaken = assignMember(lease, { resource: 'more', fits: 1 << item }) !== undefined;
        expect(open.includes(item)).toBe(isTaken);
      });
    }),
    { numRuns: 500 },
  );
});

describe('where a lease waits (L5)', () => {
  const items = [anItem(1, 'cables'), anItem(2, 'annex'), anItem(1, 'boards'), anItem(1, 'annex')];
  const has = (...of: number[]): SetAside[] =>
    of.map((item, n) => ({ resource: `r${n}`, item, fits: 1 << item }));

  test('its pools are in order, each once', () => {
    expect(poolsInOrder(items)).toEqual(['annex', 'boards', 'cables']);
    expect(poolsInOrder([anItem(1, 'boards')])).toEqual(['boards']);
  });

  test.each([
    [[], 'annex'],
    [[1, 1], 'annex'],
    [[1, 3], 'annex'],
    [[1, 1, 3], 'boards'],
    [[1, 1, 3, 2], 'cables'],
    [[1, 1, 3, 2, 0], undefined],
  ])('with %j set aside at %s', (of, frontier) => {
    expect(frontierOf(aLease(items, has(...of)))).toBe(frontier);
  });

  test('items of other pools are never open there', () => {
    expect(openItems(aLease(items), 'annex')).toEqual([1, 3]);
    expect(openItems(aLease(items), 'boards')).toEqual([2]);
    expect(openItems(aLease(items, has(2)), 'boards')).toEqual([]);
  });
});
