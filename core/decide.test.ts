import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';
import type { Command } from './decide.ts';
import { InvariantViolation } from './invariant.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { TestWorld } from './testing/world-builder.ts';
import { checkWorld } from './world/check-world.ts';
import { createWorld, DOCUMENT_KINDS, putDocument } from './world/world.ts';
import type { World } from './world/world.ts';
import { PLAIN_SEAL } from './testing/plain-seal.ts';

/** A world in which something of everything is going on. */
function aBusyWorld(): TestWorld {
  const t = new TestWorld();
  t.staticPool('boards', [{ arch: 'arm' }, { arch: 'x86' }]);
  t.sizedPool('web', { min: 1, max: 3, buffer: 1 });
  t.request('ann', 'boards', { heartbeatMs: 5_000, idempotency: { key: 'k', fingerprint: 'f' } });
  t.request('bob', [{ pool: 'boards', count: 2 }]);
  t.request('cyd', [
    { pool: 'boards', count: 1 },
    { pool: 'web', count: 1 },
  ]);
  t.do({
    type: 'createToken',
    name: 'ci',
    hash: 'h',
    role: 'holder',
    pools: ['boards'],
    quota: {},
    expiresAt: t.now + 1_000_000,
  });
  return t;
}

function documentsOf(world: World): Record<string, unknown> {
  const pools = [...world.pools.values()].map((state) => [state.pool.name, state.pool] as const);
  const all = Object.fromEntries(
    DOCUMENT_KINDS.map((kind) => [`${kind}s`, kind === 'pool' ? pools : world[`${kind}s`]] as const),
  );
  return Object.fromEntries(
    Object.entries(all).map(([kind, documents]) => [
      kind,
      [...documents].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  );
}

describe('a refused command leaves no trace (W2)', () => {
  const REFUSED: Command[] = [
    { type: 'requestLease', holder: 'ann', items: [{ pool: 'boards', count: 0 }] },
    { type: 'requestLease', holder: 'ann', items: [{ pool: 'none', count: 1 }] },
    {
      type: 'requestLease',
      holder: 'ann',
      items: [{ pool: 'web', count: 1 }],
      idempotency: { key: 'k', fingerprint: 'another' },
    },
    { type: 'endLease', lease: 'none', asHolder: null },
    { type: 'renewLease', lease: 'none', asHolder: null },
    { type: 'registerResource', pool: 'boards', name: 'boards-1' },
    { type: 'putPool', name: 'boards', merge: true, spec: { provider: 'none' } },
    { type: 'revokeToken', token: 'none' },
    {
      type: 'configure',
      providers: [],
      isPruning: true,
      agreed: null,
      pools: [
        {
          spec: { name: 'fresh', provider: 'hand' },
          resources: [{ name: 'f1' }, { name: 'f2', labels: { a: 'b' } }],
        },
        {
          spec: { name: 'web', provider: 'maker', size: { desired: 9 }, template: { image: 'new' } },
          resources: [],
        },
        { spec: { name: 'boards', provider: 'moon' }, resources: [] },
      ],
    },
  ];

  test.each(REFUSED)('$type', (command) => {
    const t = aBusyWorld();
    const [meta, documents] = [{ ...t.world.meta }, documentsOf(t.world)];
    t.now += 10;
    refusalOf(() => t.do(command));
    expect(t.world.meta).toEqual(meta);
    expect(documentsOf(t.world)).toEqual(documents);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a request that is refused when its place in the queue is known: what it took is given back', () => {
    const t = new TestWorld();
    t.staticPool('boards', [{}, {}], {
      lease: { defaultMs: 1_000, maxMs: 1_000, queue: 'priority' },
      quota: { queued: 1 },
    });
    const low = t.request('ann', [{ pool: 'boards', count: 3 }]);
    const before = documentsOf(t.world);
    const high = {
      type: 'requestLease',
      holder: 'bob',
      items: [{ pool: 'boards', count: 3 }],
      priority: 1,
    } as const;
    expect(refusalOf(() => t.do(high)).code).toBe('queue_full');
    expect(documentsOf(t.world)).toEqual(before);
    expect(t.lease(low.id)).toMatchObject({ setAside: [{ item: 0 }, { item: 0 }] });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a defect is thrown as it is, and leaves no trace either', () => {
    const t = aBusyWorld();
    const before = documentsOf(t.world);
    expect(() => t.do({ type: 'nonsense' } as never)).toThrow(InvariantViolation);
    const context = {
      now: t.now,
      ...PLAIN_SEAL,
      newId: () => {
        throw new Error('out of ids');
      },
      random: () => 0.5,
    };
    const resize = { type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 3 } } } as const;
    expect(() => decide(t.world, resize, context)).toThrow('out of ids');
    expect(documentsOf(t.world)).toEqual(before);
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('time in the world (W3)', () => {
  test('never runs backwards: the larger of the last instant and the clock', () => {
    const t = aBusyWorld();
    const last = t.now;
    t.now -= 500_000;
    const { reply, events } = t.decide({
      type: 'requestLease',
      holder: 'dan',
      items: [{ pool: 'web', count: 1 }],
    });
    expect(reply.lease?.createdAt).toBe(last);
    expect(events.map((event) => event.at)).toEqual(events.map(() => last));
    expect(t.world.meta.instant).toBe(last);
  });

  test('a decision has one instant', () => {
    const t = aBusyWorld();
    t.now += 5_000;
    const { events, ended } = t.decide({ type: 'tick' });
    expect(ended.map((lease) => lease.endedAt)).toEqual([t.now]);
    expect(new Set(events.map((event) => event.at))).toEqual(new Set([t.now]));
  });
});

test('events are numbered without gaps, over refusals too (W4)', () => {
  const t = new TestWorld();
  const seqs: number[] = [];
  const run = (command: Command) => seqs.push(...t.decide(command).events.map((event) => event.seq));
  run({ type: 'putPool', name: 'boards', merge: false, spec: { provider: 'hand' } });
  for (let n = 0; n < 5; n += 1) {
    run({ type: 'registerResource', pool: 'boards', name: `b${n}` });
    refusalOf(() => run({ type: 'registerResource', pool: 'boards', name: `b${n}` }));
    run({ type: 'requestLease', holder: 'ann', items: [{ pool: 'boards', count: 2, minimum: 1 }] });
  }
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(t.world.meta.eventSeq).toBe(seqs.length);
});

describe('a decision carries all that has to be remembered (W7)', () => {
  test('its changes, put one after another, make the same world', () => {
    const t = new TestWorld();
    const other = createWorld();
    for (const provider of t.world.providers.values())
      putDocument(other, 'provider', provider.name, provider);
    const inner = t.decide.bind(t);
    t.decide = (command) => {
      const decision = inner(command);
      for (const { kind, id, after } of decision.changes) putDocument(other, kind, id, after as never);
      return decision;
    };
    t.staticPool('boards', [{ arch: 'arm' }, { arch: 'x86' }]);
    t.sizedPool('web', { desired: 2 }, { recycle: 'replace' });
    const lease = t.request('ann', [{ pool: 'boards', count: 2 }]);
    t.request('bob', [{ pool: 'web', count: 2 }]);
    t.finishJobs();
    t.end(lease);
    expect(documentsOf(other)).toEqual(documentsOf(t.world));
    expect(checkWorld(other)).toEqual([]);
  });

  test('a world that is loaded decides as the one that wrote it', () => {
    const t = aBusyWorld();
    t.finishJobs();
    const loaded = new TestWorld();
    for (const kind of DOCUMENT_KINDS) {
      const documents = documentsOf(t.world)[`${kind}s`] as [string, never][];
      for (const [id, document] of documents) putDocument(loaded.world, kind, id, structuredClone(document));
    }
    Object.assign(loaded.world.meta, t.world.meta);
    const context = () => ({
      now: t.now + 1,
      newId: (prefix: string) => `${prefix}_99`,
      random: () => 0.5,
      ...PLAIN_SEAL,
    });
    const commands: Command[] = [
      { type: 'tick' },
      { type: 'endLease', lease: [...t.world.leases.keys()][0] as string, asHolder: null },
      { type: 'requestLease', holder: 'dan', items: [{ pool: 'boards', count: 1, match: { arch: 'x86' } }] },
    ];
    for (const command of commands) {
      expect(decide(loaded.world, command, context())).toEqual(decide(t.world, command, context()));
    }
    expect(documentsOf(loaded.world)).toEqual(documentsOf(t.world));
  });

  test('documents are plain data, and none is changed in place (W6)', () => {
    const t = aBusyWorld();
    const before = documentsOf(t.world);
    const copy = structuredClone(before);
    expect(JSON.parse(JSON.stringify(before))).toEqual(before);
    t.finishJobs();
    for (const lease of Array.from(t.world.leases.values())) t.end(lease);
    expect(before).toEqual(copy);
  });
});

describe('a reply says how things are when the decision is over', () => {
  test('a registered resource that a waiter got', () => {
    const t = new TestWorld();
    t.staticPool('boards', []);
    const lease = t.request('ann', 'boards');
    const reply = t.do({ type: 'registerResource', pool: 'boards', name: 'b1' });
    expect(reply).toMatchObject({ status: 'leased', leaseId: lease.id });
    expect(reply).toBe(t.resource(reply.id));
  });

  test('a changed, a moved and a resumed resource', () => {
    const t = new TestWorld();
    const [board] = t.staticPool('boards', [{}]);
    const resource = board?.id as string;
    t.staticPool('annex', []);
    t.request('ann', [{ pool: 'boards', count: 1, match: { arch: 'arm' } }]);
    const act = (action: 'quarantine' | 'retry') =>
      t.do({ type: 'actOnResource', resource, action, reason: 'test' });
    act('quarantine');
    expect(act('retry')?.status).toBe('free');
    expect(t.do({ type: 'moveResource', resource, pool: 'annex' })).toBe(t.resource(resource));
    t.do({ type: 'moveResource', resource, pool: 'boards' });
    expect(t.do({ type: 'changeTraits', resource, labels: { arch: 'arm' } }).status).toBe('leased');
  });

  test('a lease that gets the last it needs from one that it passed', () => {
    const t = new TestWorld();
    t.staticPool('boards', [{}], { lease: { defaultMs: 1_000, maxMs: 1_000, queue: 'priority' } });
    t.staticPool('cables', [{}]);
    t.staticPool('desks', []);
    const items = ['boards', 'cables', 'desks'].map((pool) => ({ pool, count: 1 }));
    t.request('ann', items);
    const reply = t.do({ type: 'requestLease', holder: 'bob', items: items.slice(0, 2), priority: 1 });
    expect(t.held(reply)).toEqual(['boards-1', 'cables-1']);
    expect(reply.lease?.status).toBe('active');
  });
});
