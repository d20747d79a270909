import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsSelector } from '../filter/selector.ts';
import type { Selector } from '../model/lease.ts';
import type { Resource } from '../model/resource.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { isOnOffer, Lanes } from './lanes.ts';
import { createWaitingLines } from './order.ts';

const [TEMPLATE] = new TestWorld().staticPool('boards', [{}]) as [Resource];

function aResource(id: string, more: Partial<Resource> = {}): Resource {
  return { ...TEMPLATE, id, name: id, ...more };
}

/** Lanes over a set of members that a test changes; counts how often a member is looked up. */
class Members {
  readonly all = new Map<string, Resource>();
  readonly lanes: Lanes;
  lookUps = 0;

  constructor(...members: Resource[]) {
    this.lanes = new Lanes({
      lines: createWaitingLines('fifo', () => 0),
      resourceOf: (id) => {
        this.lookUps += 1;
        return this.all.get(id);
      },
      memberIds: { [Symbol.iterator]: () => this.all.keys() },
    });
    for (const member of members) this.put(member);
  }

  put(member: Resource): void {
    const before = this.all.get(member.id);
    this.all.set(member.id, member);
    this.lanes.update(before, member);
  }

  remove(id: string): void {
    const before = this.all.get(id);
    this.all.delete(id);
    this.lanes.update(before, undefined);
  }

  free(match: Record<string, string>, filter: string | null = null): string[] {
    return [...this.lanes.require({ match, filter }).free].map((resource) => resource.id);
  }
}

const ARM = { arch: 'arm' };
const X86 = { arch: 'x86' };

describe('a lane holds what is on offer and fits', () => {
  test('of members that were there before it, and of those that came since', () => {
    const members = new Members(aResource('a', { labels: ARM }), aResource('b', { labels: X86 }));
    expect(members.free(ARM)).toEqual(['a']);
    members.put(aResource('c', { labels: ARM }));
    members.put(aResource('d', { labels: X86 }));
    expect([members.free(ARM), members.free(X86), members.free({})]).toEqual([
      ['a', 'c'],
      ['b', 'd'],
      ['a', 'b', 'c', 'd'],
    ]);
  });

  test('in the order in which it is given: the longest free first (R16)', () => {
    const members = new Members(
      aResource('a', { since: 3 }),
      aResource('b', { since: 1 }),
      aResource('c', { since: 3 }),
    );
    expect(members.free({})).toEqual(['b', 'a', 'c']);
  });

  test.each<[string, Partial<Resource>]>([
    ['leased', { status: 'leased' }],
    ['set aside', { leaseId: 'lse_1' }],
    ['held for a person', { hold: { reason: 'x', since: 0, step: null, run: null } }],
    ['quarantined', { status: 'quarantined' }],
  ])('and not what is %s', (_what, change) => {
    const members = new Members(aResource('a', { labels: ARM }));
    expect(members.free(ARM)).toEqual(['a']);
    members.put(aResource('a', { labels: ARM, ...change }));
    expect([members.free(ARM), members.free({}), members.free(ARM, 'true')]).toEqual([[], [], []]);
    members.put(aResource('a', { labels: ARM }));
    expect([members.free(ARM), members.free({}), members.free(ARM, 'true')]).toEqual([['a'], ['a'], ['a']]);
  });

  test('with a filter, with labels, and with both', () => {
    const members = new Members(
      aResource('a', { labels: ARM, params: { ram: 8 } }),
      aResource('b', { labels: X86, params: { ram: 16 } }),
      aResource('c', { labels: ARM, params: { ram: 16 } }),
    );
    expect(members.free({}, 'params.ram >= 16')).toEqual(['b', 'c']);
    expect(members.free(ARM, 'params.ram >= 16')).toEqual(['c']);
    members.put(aResource('a', { labels: ARM, params: { ram: 32 } }));
    expect(members.free(ARM, 'params.ram >= 16')).toEqual(['a', 'c']);
  });

  test('under a label that nobody has until somebody has it', () => {
    const members = new Members(aResource('a', { labels: ARM }));
    expect(members.free({ owner: 'ann' })).toEqual([]);
    members.put(aResource('a', { labels: { ...ARM, owner: 'ann' } }));
    expect(members.free({ owner: 'ann' })).toEqual(['a']);
    expect(members.free({ owner: 'ann', arch: 'arm' })).toEqual(['a']);
    members.remove('a');
    expect(members.free({ owner: 'ann' })).toEqual([]);
  });

  test('under names that every object of the language below has', () => {
    const members = new Members(
      aResource('a'),
      aResource('b', { labels: { constructor: 'x', toString: 'y' } }),
    );
    expect(members.free({ constructor: 'x' })).toEqual(['b']);
    expect(members.free({ toString: 'y', constructor: 'x' })).toEqual(['b']);
    expect(members.free({ hasOwnProperty: 'x' })).toEqual([]);
  });

  test('also when a member is labelled anew', () => {
    const members = new Members(aResource('a', { labels: ARM }));
    members.free(ARM);
    members.free(X86);
    members.put(aResource('a', { labels: X86 }));
    expect([members.free(ARM), members.free(X86)]).toEqual([[], ['a']]);
  });
});

test('a lane is one for all who ask for the same', () => {
  const { lanes } = new Members();
  const lane = lanes.require({ match: { a: '1', b: '2' }, filter: 'true' });
  expect(lanes.require({ match: { b: '2', a: '1' }, filter: 'true' })).toBe(lane);
  expect(lanes.require({ match: {}, filter: null })).toBe(lanes.everything);
});

describe('lanes without waiters', () => {
  const IDLE_MAX = 512;
  const selector = (n: number): Selector => ({ match: { n: String(n) }, filter: null });

  test('are kept to a bound, and the one that was not asked for the longest goes', () => {
    const { lanes } = new Members(aResource('a', { labels: { n: '0' } }));
    const first = lanes.require(selector(0));
    for (let n = 1; n < 2 * IDLE_MAX; n += 1) {
      lanes.require(selector(n));
      if (n % 100 === 0) expect(lanes.require(selector(0))).toBe(first);
    }
    expect([...lanes.all()].length).toBeLessThanOrEqual(IDLE_MAX + 1);
    expect(lanes.require(selector(0))).toBe(first);
    for (let n = 0; n < IDLE_MAX + 1; n += 1) lanes.require(selector(10_000 + n));
    const again = lanes.require(selector(0));
    expect(again).not.toBe(first);
    expect([...again.free].map(({ id }) => id)).toEqual(['a']);
  });

  test('go before those with waiters, which never go', () => {
    const { lanes } = new Members();
    const lane = lanes.require(selector(0));
    lane.waiting.add({ lease: 'lse_1', item: 0, holder: 'ann', priority: 0, seq: 1 });
    for (let n = 1; n < 3 * IDLE_MAX; n += 1) lanes.require(selector(n));
    expect(lanes.require(selector(0))).toBe(lane);
  });
});

test('a new lane looks at the members with its rarest label alone (L19)', () => {
  const SIZE = 1_000;
  const members = new Members();
  for (let n = 0; n < SIZE; n += 1) {
    const labels = { arch: n % 2 === 0 ? 'arm' : 'x86', rack: String(n % 100) };
    members.put(aResource(`r${n}`, { labels }));
  }
  members.free({ arch: 'arm', rack: '0' });
  members.lookUps = 0;
  expect(members.free({ arch: 'arm', rack: '42' })).toHaveLength(10);
  expect(members.lookUps).toBe(10);
  members.lookUps = 0;
  expect(members.free({ arch: 'arm', rack: '42' })).toHaveLength(10);
  expect(members.free({ arch: 'arm', rack: 'none' })).toEqual([]);
  expect(members.lookUps).toBe(0);
});

test('lanes hold what a walk over all members finds, whatever happens to them', () => {
  const labels = fc.constantFrom({}, ARM, X86, { arch: 'arm', disk: 'big' }, { disk: 'big' });
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const match = fc.constantFrom(
    {},
    ARM,
    X86,
    { disk: 'big' },
    { arch: 'arm', disk: 'big' },
    { owner: 'ann' },
  );
  const filter = fc.constantFrom(null, 'params.ram >= 16', 'has(labels.disk)');
  const step = fc.oneof(
    fc.record({
      do: fc.constant('put' as const),
      id,
      labels,
      ram: fc.constantFrom(8, 16),
      since: fc.integer({ min: 0, max: 3 }),
      status: fc.constantFrom<Resource['status']>('free', 'free', 'leased'),
    }),
    fc.record({ do: fc.constant('remove' as const), id }),
    fc.record({ do: fc.constant('ask' as const), match, filter }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const members = new Members();
      for (const next of steps) {
        if (next.do === 'remove') members.remove(next.id);
        else if (next.do === 'ask')
          members.lanes.require({ match: next.match as Record<string, string>, filter: next.filter });
        else {
          const { labels: given, ram, since, status } = next;
          members.put(
            aResource(next.id, { labels: given as Record<string, string>, params: { ram }, since, status }),
          );
        }
        for (const lane of members.lanes.all()) {
          const expected = [...members.all.values()]
            .filter((resource) => isOnOffer(resource) && fitsSelector(resource, lane.selector))
            .toSorted((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));
          expect([...lane.free]).toEqual(expected);
          for (const resource of expected) expect(members.lanes.fitting(resource)).toContain(lane);
        }
      }
    }),
    { numRuns: 200 },
  );
});
