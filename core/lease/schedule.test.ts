import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QUEUE_ORDERS } from '../model/pool.ts';
import type { PoolSpec, QueueOrder } from '../model/pool.ts';
import type { LiveLease } from '../model/lease.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

const ARM = { arch: 'arm' };
const X86 = { arch: 'x86' };

function ordered(queue: QueueOrder): Partial<PoolSpec> {
  return { lease: { defaultMs: 60_000, maxMs: 600_000, queue } };
}

function aPool(members: readonly Record<string, string>[], queue: QueueOrder = 'fifo'): TestWorld {
  const t = new TestWorld();
  t.staticPool('boards', members, ordered(queue));
  return t;
}

function boards(count: number, more: { minimum?: number; match?: Record<string, string> } = {}) {
  return [{ pool: 'boards', count, ...more }];
}

function setAside(t: TestWorld, lease: LiveLease): string[] {
  const live = t.lease(lease.id);
  if (live.status !== 'queued') return [];
  return live.setAside.map((member) => t.resource(member.resource).name).toSorted();
}

/** Ends the leases one after another as they are granted, and tells the holders in the order of their grants. */
function serveAll(t: TestWorld): string[] {
  const served: string[] = [];
  for (;;) {
    const held = [...t.world.leases.values()].find((lease) => lease.status === 'active');
    if (held === undefined) return served;
    const { events } = t.decide({ type: 'endLease', lease: held.id, asHolder: null });
    served.push(
      ...events.filter((event) => event.type === 'lease.granted').map((event) => event.holder ?? ''),
    );
    expect(checkWorld(t.world)).toEqual([]);
  }
}

describe('a lease is granted in one decision, all of it or nothing (L1)', () => {
  test('what is free is granted at once', () => {
    const t = aPool([{}, {}]);
    const { reply, events } = t.decide({ type: 'requestLease', holder: 'ann', items: boards(2) });
    expect(t.held(reply)).toEqual(['boards-1', 'boards-2']);
    expect(events.map((event) => event.type)).toEqual(['lease.granted']);
    expect(t.lease(reply.id)).toMatchObject({
      status: 'active',
      grantedAt: t.now,
      expiresAt: t.now + 60_000,
    });
  });

  test('the event names what was granted, and how long it was waited for', () => {
    const t = aPool([{}]);
    const first = t.request('ann', 'boards');
    t.request('bob', 'boards');
    t.now += 5_000;
    const { events } = t.decide({ type: 'endLease', lease: first.id, asHolder: 'ann' });
    expect(events.at(-1)).toMatchObject({
      type: 'lease.granted',
      holder: 'bob',
      pool: 'boards',
      data: { waitedMs: 5_000, resources: [{ name: 'boards-1', epoch: 2 }], expiresAt: t.now + 60_000 },
    });
  });

  test('a lease that can have only a part holds nothing, and nobody else gets what is set aside for it (L4)', () => {
    const t = aPool([{}, {}]);
    const large = t.request('ann', boards(3));
    const small = t.request('bob', 'boards');
    expect([t.held(large), setAside(t, large), t.held(small)]).toEqual([[], ['boards-1', 'boards-2'], []]);
    t.do({ type: 'registerResource', pool: 'boards', name: 'boards-3' });
    expect(t.held(large)).toHaveLength(3);
    expect(t.held(small)).toEqual([]);
  });

  test('items in several pools come together', () => {
    const t = aPool([{}]);
    t.staticPool('annex', [{}]);
    const blocker = t.request('ann', 'boards');
    const both = t.request('bob', [...boards(1), { pool: 'annex', count: 1 }]);
    expect(t.held(both)).toEqual([]);
    t.end(blocker);
    expect(t.held(both)).toEqual(['annex-1', 'boards-1']);
  });
});

describe('count is wished, minimum is enough (L9)', () => {
  test.each([
    [1, 3, 1, 1],
    [2, 3, 1, 2],
    [3, 3, 1, 3],
    [4, 3, 1, 3],
    [2, 3, 2, 2],
    [1, 3, 2, 0],
  ])('of %i free, count %i and minimum %i: %i', (free, count, minimum, granted) => {
    const t = aPool(Array.from({ length: free }, () => ({})));
    expect(t.held(t.request('ann', boards(count, { minimum })))).toHaveLength(granted);
  });

  test('nothing is set aside for a wish: what comes back beyond the minimum goes to the next', () => {
    const t = aPool([{}, {}]);
    const blockers = [t.request('ann', 'boards'), t.request('ann', 'boards')] as const;
    const wishful = t.request('bob', boards(3, { minimum: 1 }));
    const next = t.request('cyd', 'boards');
    t.end(blockers[0]);
    t.end(blockers[1]);
    expect([t.held(wishful), t.held(next)]).toEqual([['boards-1'], ['boards-2']]);
  });
});

describe('the order of a pool (L6)', () => {
  test.each<[QueueOrder, string[]]>([
    ['fifo', ['bob', 'bob', 'cyd', 'dan']],
    ['priority', ['dan', 'bob', 'bob', 'cyd']],
    ['fair', ['bob', 'bob', 'cyd', 'dan']],
  ])('%s', (queue, expected) => {
    const t = aPool([{}], queue);
    t.request('ann', 'boards');
    t.request('bob', 'boards');
    t.request('bob', 'boards');
    t.request('cyd', 'boards');
    t.request('dan', 'boards', { priority: 1 });
    expect(serveAll(t)).toEqual(expected);
  });

  test('fair: who holds least is next, though others came before', () => {
    const t = aPool([{}, {}, {}], 'fair');
    const held = [
      t.request('ann', 'boards'),
      t.request('ann', 'boards'),
      t.request('bob', 'boards'),
    ] as const;
    const ann = t.request('ann', 'boards');
    const bob = t.request('bob', 'boards');
    const cyd = t.request('cyd', 'boards');
    t.end(held[0]);
    expect([ann, bob, cyd].map((lease) => t.held(lease).length)).toEqual([0, 0, 1]);
    t.end(held[1]);
    expect([ann, bob].map((lease) => t.held(lease).length)).toEqual([1, 0]);
  });

  test('two lanes of one pool share its order', () => {
    const t = aPool([ARM], 'fifo');
    const blocker = t.request('ann', 'boards');
    const any = t.request('bob', 'boards');
    const arm = t.request('cyd', boards(1, { match: ARM }));
    t.end(blocker);
    expect([t.held(any).length, t.held(arm).length]).toEqual([1, 0]);
  });
});

describe('a large request is not starved by small ones (L7)', () => {
  test.each(QUEUE_ORDERS)('%s', (queue) => {
    const t = aPool([{}, {}, {}], queue);
    const held = [1, 2, 3].map(() => t.request('bob', 'boards'));
    const large = t.request('ann', boards(3));
    const small: LiveLease[] = [];
    for (const lease of held) {
      small.push(t.request('bob', 'boards'), t.request('cyd', 'boards'));
      t.end(lease);
      for (const other of small) if (t.held(other).length > 0) t.end(other);
    }
    expect(t.held(large)).toHaveLength(3);
    expect(small.map((lease) => t.held(lease).length)).toEqual(small.map(() => 0));
  });

  test('fair: what is set aside for it does not count as its share, so one who turns over quickly cannot pass for ever', () => {
    const t = aPool([{}, {}, {}], 'fair');
    const others = [t.request('cyd', 'boards'), t.request('cyd', 'boards')];
    let own = t.request('bob', 'boards');
    const large = t.request('ann', boards(3));
    for (const lease of others) t.end(lease);
    let turns = 0;
    for (; t.held(large).length === 0 && turns < 10; turns += 1) {
      const next = t.request('bob', 'boards');
      t.end(own);
      own = next;
    }
    expect(turns).toBe(1);
  });
});

describe('a request for other members passes those that wait (L8)', () => {
  test.each(QUEUE_ORDERS)('%s', (queue) => {
    const t = aPool([ARM, ARM, X86], queue);
    const waiting = t.request('ann', boards(3, { match: ARM }), { priority: 9 });
    const passing = t.request('bob', boards(1, { match: X86 }));
    const behind = t.request('cyd', boards(1, { match: ARM }));
    expect(setAside(t, waiting)).toEqual(['boards-1', 'boards-2']);
    expect([t.held(passing), t.held(behind)]).toEqual([['boards-3'], []]);
  });
});

describe('priority may take what is set aside for a lower one, and nothing that is granted (L10)', () => {
  test('from the one that comes last first', () => {
    const t = aPool([{}, {}, {}], 'priority');
    const [blocker] = [t.request('zoe', 'boards')];
    const middle = t.request('ann', boards(2, { match: {} }), { priority: 1 });
    expect(t.held(middle)).toHaveLength(2);
    t.end(middle);
    const first = t.request('ann', [{ pool: 'boards', count: 3 }], { priority: 1 });
    expect(setAside(t, first)).toHaveLength(2);
    const urgent = t.request('bob', 'boards', { priority: 5 });
    expect(t.held(urgent)).toHaveLength(1);
    expect(setAside(t, first)).toHaveLength(1);
    expect(t.held(blocker as LiveLease)).toHaveLength(1);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('the latest of the lowest loses before an earlier one does', () => {
    const t = aPool([ARM, ARM, X86, X86], 'priority');
    const arm = t.request('ann', boards(3, { match: ARM }));
    const x86 = t.request('bob', boards(3, { match: X86 }));
    const urgent = t.request('cyd', boards(3), { priority: 1 });
    expect(t.held(urgent)).toHaveLength(3);
    expect([setAside(t, arm).length, setAside(t, x86).length]).toEqual([1, 0]);
  });

  test('also where it is not enough yet: it waits with what it took', () => {
    const t = aPool([{}, {}], 'priority');
    const low = t.request('ann', boards(3));
    const high = t.request('bob', boards(3), { priority: 1 });
    expect([setAside(t, low).length, setAside(t, high).length]).toEqual([0, 2]);
  });

  test.each<[QueueOrder, number]>([
    ['priority', 0],
    ['fifo', 9],
    ['fair', 9],
  ])('not in a %s pool at priority %i', (queue, priority) => {
    const t = aPool([{}, {}], queue);
    const first = t.request('ann', boards(3));
    const later = t.request('bob', 'boards', { priority });
    expect([setAside(t, first).length, t.held(later).length]).toEqual([2, 0]);
  });

  test('who lost in an earlier pool gives up what it gathered in later ones, for others to use (L5)', () => {
    const t = aPool([{}], 'priority');
    t.staticPool('cables', [{}], ordered('priority'));
    t.staticPool('desks', []);
    const everything = t.request('ann', [
      ...boards(1),
      { pool: 'cables', count: 1 },
      { pool: 'desks', count: 1 },
    ]);
    expect(setAside(t, everything)).toEqual(['boards-1', 'cables-1']);
    const cable = t.request('bob', 'cables');
    const urgent = t.request('cyd', 'boards', { priority: 1 });
    expect([t.held(urgent), setAside(t, everything), t.held(cable)]).toEqual([
      ['boards-1'],
      [],
      ['cables-1'],
    ]);
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('a lease gathers pool by pool in the order of their names (L5)', () => {
  test('and has nothing in a later pool while it waits at an earlier one', () => {
    const t = aPool([]);
    t.staticPool('annex', [{}]);
    t.staticPool('cables', [{}]);
    const lease = t.request('ann', [{ pool: 'cables', count: 1 }, ...boards(1), { pool: 'annex', count: 1 }]);
    expect(setAside(t, lease)).toEqual(['annex-1']);
    expect(t.held(t.request('bob', 'cables'))).toEqual(['cables-1']);
  });

  test('so that two that want the same pools never wait for each other', () => {
    const t = aPool([{}]);
    t.staticPool('annex', [{}]);
    const blockers = [t.request('zoe', 'boards'), t.request('zoe', 'annex')];
    const one = t.request('ann', [...boards(1), { pool: 'annex', count: 1 }]);
    const two = t.request('bob', [{ pool: 'annex', count: 1 }, ...boards(1)]);
    for (const lease of blockers) t.end(lease);
    expect([t.held(one).length, t.held(two).length]).toEqual([2, 0]);
    t.end(one);
    expect(t.held(two)).toHaveLength(2);
  });

  test('whatever is asked for across pools, everybody is served in the end', () => {
    const pool = fc.constantFrom('annex', 'boards', 'cables');
    const item = fc.record({
      pool,
      count: fc.integer({ min: 1, max: 3 }),
      match: fc.constantFrom({}, ARM, X86),
    });
    const request = fc.record({
      holder: fc.constantFrom('ann', 'bob', 'cyd'),
      items: fc.array(item, { minLength: 1, maxLength: 3 }),
      priority: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...QUEUE_ORDERS),
        fc.array(request, { maxLength: 12 }),
        (queue, requests) => {
          const t = new TestWorld();
          // Nine of each kind: enough for every single request, however its items overlap.
          const members = Array.from({ length: 9 }, () => [ARM, X86]).flat();
          for (const name of ['annex', 'boards', 'cables']) t.staticPool(name, members, ordered(queue));
          const blockers = ['annex', 'boards', 'cables'].map((name) =>
            t.request('zoe', [{ pool: name, count: 18 }]),
          );
          for (const { holder, items, priority } of requests) t.request(holder, items, { priority });
          for (const lease of blockers) t.end(lease);
          serveAll(t);
          expect([...t.world.leases.keys()]).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('members move between the items of a lease where that makes room (L21)', () => {
  test('"any board" gives its arm board to "an arm board"', () => {
    const t = aPool([ARM]);
    const lease = t.request('ann', [...boards(1), ...boards(1, { match: ARM })]);
    expect(setAside(t, lease)).toEqual(['boards-1']);
    t.do({ type: 'registerResource', pool: 'boards', name: 'boards-2', labels: X86 });
    expect(t.held(lease)).toHaveLength(2);
    const live = t.lease(lease.id);
    const byItem = live.status === 'queued' ? [] : live.members.map(({ item, name }) => `${item}: ${name}`);
    expect(byItem.toSorted()).toEqual(['0: boards-2', '1: boards-1']);
  });
});
