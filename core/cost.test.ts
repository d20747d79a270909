import { describe, expect, test } from 'vitest';
import type { Command } from './decide.ts';
import type { Resource } from './model/resource.ts';
import { TestWorld } from './testing/world-builder.ts';
import { putDocument } from './world/world.ts';

/**
 * What a decision costs, counted in looks at documents and never in time: members and leases are wrapped so that each read of
 * one of their members counts. A document that a decision makes anew is a plain one, which is only more than fair.
 */
class CountedWorld extends TestWorld {
  looks = 0;

  #counted<T extends object>(document: T): T {
    return new Proxy(document, {
      get: (target, name, receiver) => {
        this.looks += 1;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
  }

  /** A pool of free members, each of whose reads counts: two architectures, a hundred racks. */
  fill(size: number): void {
    this.staticPool('boards', []);
    const template = this.do({ type: 'registerResource', pool: 'boards', name: 'template' });
    for (let n = 0; n < size; n += 1) {
      const labels = { arch: n % 2 === 0 ? 'arm' : 'x86', rack: String(n % 100) };
      const id = `res_m${n}`;
      const member: Resource = { ...template, id, name: `b${n}`, labels: this.#counted(labels), since: n };
      putDocument(this.world, 'resource', id, this.#counted(member));
    }
  }

  /** Counts the reads of every lease and member that is there from now on. */
  countAll(): void {
    for (const [id, lease] of Array.from(this.world.leases))
      putDocument(this.world, 'lease', id, this.#counted(lease));
    for (const [id, member] of Array.from(this.world.resources)) {
      const labels = this.#counted(member.labels);
      putDocument(this.world, 'resource', id, this.#counted({ ...member, labels }));
    }
  }

  /** How many looks a command takes. */
  cost(command: Command): number {
    this.looks = 0;
    this.decide(command);
    return this.looks;
  }
}

function requestOf(match: Record<string, string>): Command {
  return { type: 'requestLease', holder: 'ann', items: [{ pool: 'boards', count: 1, match }] };
}

describe('acquire and release cost the logarithm of the size of the pool (L19)', () => {
  /** The most looks that an acquire and its release take in a pool of this size, once its lanes are known. */
  function turnCost(size: number, match: Record<string, string>): number {
    const t = new CountedWorld();
    t.fill(size);
    t.cost(requestOf(match));
    const costs: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      t.now += 1;
      const acquire = t.cost(requestOf(match));
      const [lease] = [...t.world.leases.keys()].slice(-1);
      costs.push(acquire + t.cost({ type: 'endLease', lease: lease as string, asHolder: 'ann' }));
    }
    return Math.max(...costs);
  }

  test.each([
    ['any member', {}],
    ['one label', { arch: 'arm' }],
    ['two labels', { arch: 'arm', rack: '42' }],
  ])('%s', (_what, match) => {
    const [small, large] = [turnCost(1_000, match), turnCost(100_000, match)];
    expect(small).toBeGreaterThan(0);
    expect(small).toBeLessThan(500);
    expect(large).toBeLessThan(2 * small);
  });
});

describe('what comes free costs one look, however many wait for it (L19)', () => {
  /** The looks that it takes to give one member to the first of so many, who all ask for the same. */
  function releaseCost(waiters: number, queue: 'fifo' | 'priority' | 'fair'): number {
    const t = new CountedWorld();
    t.staticPool('boards', [{ arch: 'arm' }], { lease: { defaultMs: 1_000, maxMs: 1_000, queue } });
    const holder = t.request('zoe', 'boards');
    for (let n = 0; n < waiters; n += 1) {
      t.decide({
        type: 'requestLease',
        holder: `h${n % 10}`,
        items: [{ pool: 'boards', count: 1, match: { arch: 'arm' }, filter: 'params.ram != 7' }],
      });
    }
    t.countAll();
    const cost = t.cost({ type: 'endLease', lease: holder.id, asHolder: 'zoe' });
    expect(t.world.leases.size).toBe(waiters);
    return cost;
  }

  test.each(['fifo', 'priority', 'fair'] as const)('%s', (queue) => {
    const [few, many] = [releaseCost(10, queue), releaseCost(10_000, queue)];
    expect(few).toBeGreaterThan(0);
    expect(many).toBe(few);
  });
});

test('one more in a long queue costs no look at those before (L19)', () => {
  const t = new CountedWorld();
  t.staticPool('boards', [], { lease: { defaultMs: 1_000, maxMs: 1_000, queue: 'priority' } });
  for (let n = 0; n < 5_000; n += 1) t.decide(requestOf({ arch: 'arm' }));
  t.countAll();
  expect(t.cost(requestOf({ arch: 'arm' }))).toBe(0);
});

test('a tick costs a look at what is due alone (W8)', () => {
  const t = new CountedWorld();
  const members = Array.from({ length: 2_000 }, () => ({}));
  t.staticPool('boards', members, { lease: { defaultMs: 60_000, maxMs: 60_000, queue: 'fifo' } });
  for (let n = 0; n < 2_000; n += 1) t.request('ann', 'boards');
  const [first] = t.world.leases.keys();
  t.do({ type: 'endLease', lease: first as string, asHolder: null });
  t.request('bob', 'boards', { durationMs: 1_000 });
  t.countAll();
  expect(t.cost({ type: 'tick' })).toBe(0);
  t.now += 1_000;
  expect(t.cost({ type: 'tick' })).toBeLessThan(500);
  expect(t.world.leases.size).toBe(1_999);
});

test('a decision counts at all: a walk over the members is seen', () => {
  const t = new CountedWorld();
  t.fill(1_000);
  const items = [{ pool: 'boards', count: 1, filter: 'params.ram > 1' }];
  expect(t.cost({ type: 'requestLease', holder: 'ann', items })).toBeGreaterThanOrEqual(1_000);
});
