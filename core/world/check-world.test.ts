import { describe, expect, test } from 'vitest';
import type { Credential } from '../model/credential.ts';
import type { HeldLease, QueuedLease } from '../model/lease.ts';
import type { Resource } from '../model/resource.ts';
import type { Round, Upkeep } from '../model/upkeep.ts';
import { anUpkeep } from '../testing/upkeep-builder.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from './check-world.ts';
import type { PoolState } from './pool-state.ts';
import { putDocument } from './world.ts';
import type { Documents } from './world.ts';

/** A world in which every invariant has something to say. */
class BusyWorld extends TestWorld {
  readonly granted: HeldLease;
  readonly waiting: QueuedLease;
  readonly both: QueuedLease;

  constructor() {
    super();
    this.staticPool('annex', [{}], { quota: { perHolder: 4 } });
    this.staticPool('boards', [{ arch: 'arm' }, { arch: 'arm' }, { arch: 'x86' }]);
    this.sizedPool('web', { desired: 2 });
    this.finishJobs();
    this.granted = this.request('ann', [{ pool: 'annex', count: 1 }]) as HeldLease;
    this.waiting = this.request('bob', [{ pool: 'boards', count: 3, match: { arch: 'arm' } }]) as QueuedLease;
    this.both = this.request('cyd', [
      { pool: 'annex', count: 2 },
      { pool: 'boards', count: 1, match: { arch: 'x86' } },
    ]) as QueuedLease;
    this.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 3 } } });
  }

  plant<K extends keyof Documents>(kind: K, document: Documents[K] & { id: string }): void {
    putDocument(this.world, kind, document.id, document as Documents[K]);
  }

  named(name: string): Resource {
    return [...this.world.resources.values()].find((resource) => resource.name === name) as Resource;
  }

  found(): string[] {
    return [...new Set(checkWorld(this.world).map((violation) => violation.invariant))];
  }
}

test('a world that decisions made breaks nothing', () => {
  expect(checkWorld(new BusyWorld().world)).toEqual([]);
});

/** Changes the upkeep of a pool in rounds that was at rest. */
function plantUpkeep(w: BusyWorld, change: Partial<Upkeep>): void {
  anUpkeep(w, 'cloud');
  w.do({ type: 'stopUpkeep', name: 'cloud' });
  putDocument(w.world, 'upkeep', 'cloud', { ...(w.world.upkeeps.get('cloud') as Upkeep), ...change });
  w.world.unsettledPools.delete('cloud');
}

function removeUpkeepOf(w: BusyWorld): void {
  plantUpkeep(w, {});
  putDocument(w.world, 'upkeep', 'cloud', undefined);
}

function aRound(change: Partial<Round>): Round {
  return {
    number: 1,
    startedAt: 0,
    phase: 'looking',
    look: 1,
    error: null,
    failedInRow: 0,
    desired: 0,
    toAsk: 0,
    requested: [],
    requestedCount: 0,
    terminating: [],
    terminatingCount: 0,
    isFollowed: false,
    ...change,
  };
}

const SEALED = { sealed: 'sealed-text', at: 0, epoch: 0 };

function aCredential(id: string, parts: Partial<Credential>): Credential {
  const none = { current: null, pending: null, management: null };
  return { id, ...none, version: 1, createdAt: 0, changedAt: 0, ...parts };
}

type Plant = [invariant: string, what: string, plant: (w: BusyWorld) => void];

const PLANTS: Plant[] = [
  [
    'T1',
    'a free resource has something to prove',
    (w) =>
      w.plant('resource', {
        ...w.named('boards-3'),
        turnover: { epoch: 1, lease: null, holder: null, startedAt: 0, leaving: null, steps: [] },
      }),
  ],
  [
    'T12',
    'a free resource rests',
    (w) => w.plant('resource', { ...w.named('boards-3'), restsUntil: 9_999_999 }),
  ],
  [
    'T13',
    'a run has no resource that knows it',
    (w) => {
      w.workflow('wipe', [{ name: 'erase' }]);
      const [board] = w.staticPool('racks', [{}], { on: { enter: { workflow: 'wipe' } } });
      w.plant('resource', { ...(board as Resource), run: null });
    },
  ],
  [
    'T13',
    'a run is running and nothing brings it on',
    (w) => {
      w.workflow('wipe', [{ name: 'erase' }]);
      const [board] = w.staticPool('racks', [{}], { on: { enter: { workflow: 'wipe' } } });
      putDocument(w.world, 'job', w.world.jobOfResource.get(board?.id as string) as string, undefined);
    },
  ],
  [
    'R1',
    'two leases hold one resource',
    (w) => w.plant('lease', { ...w.granted, id: 'lse_double', seq: 99 }),
  ],
  [
    'R2',
    'a lease holds what does not know it',
    (w) => w.plant('resource', { ...w.named('annex-1'), leaseId: null }),
  ],
  ['R2', 'a lease holds at an old epoch', (w) => w.plant('resource', { ...w.named('annex-1'), epoch: 9 })],
  [
    'R2',
    'a resource is leased by nobody',
    (w) => w.plant('resource', { ...w.named('boards-3'), status: 'leased' }),
  ],
  [
    'R3',
    'what is gone is still there',
    (w) => w.plant('resource', { ...w.named('boards-3'), status: 'gone' }),
  ],
  ['R4', 'a member of no pool', (w) => void putDocument(w.world, 'pool', 'boards', undefined)],
  [
    'P18',
    'two pools hang under each other',
    (w) => {
      const { pool } = w.world.pools.get('boards') as PoolState;
      putDocument(w.world, 'pool', 'boards', { ...pool, parent: 'annex' });
      const { pool: annex } = w.world.pools.get('annex') as PoolState;
      putDocument(w.world, 'pool', 'annex', { ...annex, parent: 'boards' });
    },
  ],
  [
    'P18',
    'a pool hangs under none',
    (w) => {
      const { pool } = w.world.pools.get('boards') as PoolState;
      putDocument(w.world, 'pool', 'boards', { ...pool, parent: 'nope' });
    },
  ],
  [
    'R13',
    'two members of one name',
    (w) => w.plant('resource', { ...w.named('boards-3'), id: 'res_x', name: 'boards-1' }),
  ],
  [
    'L1',
    'a lease is granted less than its minimum',
    (w) =>
      w.plant('lease', {
        ...w.granted,
        items: [{ ...w.granted.items[0], count: 2, minimum: 2 }],
      } as HeldLease & { id: string }),
  ],
  [
    'L2',
    'a lease waits with all it needs',
    (w) =>
      w.plant('lease', {
        ...w.waiting,
        items: w.waiting.items.map((item) => ({ ...item, minimum: 2 })),
      }),
  ],
  [
    'L3',
    'a lease waits for what is on offer',
    (w) => w.plant('resource', { ...w.named('boards-3'), labels: { arch: 'arm' } }),
  ],
  [
    'L4',
    'what is set aside belongs to another',
    (w) => w.plant('resource', { ...w.named('boards-1'), leaseId: 'lse_x' }),
  ],
  [
    'L4',
    'what is set aside fits no longer',
    (w) => w.plant('resource', { ...w.named('boards-1'), labels: {} }),
  ],
  [
    'L4',
    'what is set aside is not known to its lease',
    (w) => w.plant('lease', { ...w.waiting, setAside: [] }),
  ],
  [
    'L5',
    'a lease has later pools while it waits at an earlier one',
    (w) => {
      const board = w.named('boards-3');
      w.plant('resource', { ...board, leaseId: w.both.id });
      w.plant('lease', { ...w.both, setAside: [{ resource: board.id, item: 1, fits: 2 }] });
    },
  ],
  [
    'L9',
    'more is set aside than is needed',
    (w) =>
      w.plant('lease', { ...w.waiting, items: w.waiting.items.map((item) => ({ ...item, minimum: 1 })) }),
  ],
  [
    'Q1',
    'a holder has more than its quota',
    (w) => {
      const annex = w.world.pools.get('annex');
      if (annex !== undefined) annex.pool = { ...annex.pool, quota: { perHolder: 1 } };
    },
  ],
  [
    'J1',
    'what is being made has no job',
    (w) => void putDocument(w.world, 'job', w.world.jobs.keys().next().value as string, undefined),
  ],
  [
    'J1',
    'what is free has a job',
    (w) => {
      const job = w.world.jobs.values().next().value;
      if (job !== undefined)
        w.plant('job', { ...job, id: 'job_x', resource: w.named('boards-3').id, epoch: 0 });
    },
  ],
  [
    'J2',
    'a job is for nothing',
    (w) => {
      const job = w.world.jobs.values().next().value;
      if (job !== undefined) w.plant('job', { ...job, id: 'job_x', resource: 'res_x' });
    },
  ],
  [
    'J3',
    'a resource has two jobs',
    (w) => {
      const job = w.world.jobs.values().next().value;
      if (job !== undefined) w.plant('job', { ...job, id: 'job_x' });
    },
  ],
  [
    'J4',
    'a job is at an old epoch',
    (w) => {
      const job = w.world.jobs.values().next().value;
      if (job !== undefined) w.plant('job', { ...job, epoch: job.epoch + 1 });
    },
  ],
  [
    'J12',
    'a claim is not the last one',
    (w) => {
      const job = w.world.jobs.values().next().value;
      const claim = { runner: 'one@ci', fence: 1 };
      if (job !== undefined) w.plant('job', { ...job, runsOn: { site: 'a' }, claim, fence: 2 });
    },
  ],
  [
    'P1',
    'a pool is short of its size',
    (w) => {
      const web = w.world.pools.get('web');
      if (web !== undefined) web.pool = { ...web.pool, size: { desired: 4 } };
    },
  ],
  [
    'P2',
    'a pool keeps more than its size',
    (w) => {
      const web = w.world.pools.get('web');
      if (web !== undefined) web.pool = { ...web.pool, size: { desired: 2 } };
    },
  ],
  [
    'P23',
    'a member that counts for nothing is kept',
    (w) => {
      w.world.pools.get('web')?.disposable.add('res_x');
    },
  ],
  ['U3', 'a stopped upkeep is due', (w) => plantUpkeep(w, { nextRoundAt: 5 })],
  ['U3', 'a started upkeep has no loop', (w) => plantUpkeep(w, { status: 'started' })],
  ['U6', 'a round waits for a look that nobody makes', (w) => plantUpkeep(w, { round: aRound({}) })],
  ['U7', 'a round waits for nothing', (w) => plantUpkeep(w, { round: aRound({ phase: 'growing' }) })],
  ['U17', 'an upkeep has no pool', (w) => plantUpkeep(w, { pool: 'none' })],
  ['U17', 'a pool is kept in rounds by nobody', removeUpkeepOf],
  [
    'C1',
    'there are credentials of nothing',
    (w) => w.plant('credential', aCredential('res_none', { current: SEALED })),
  ],
  ['C1', 'credentials are empty', (w) => w.plant('credential', aCredential(w.named('boards-3').id, {}))],
  [
    'C2',
    'a credential is of an epoch that is yet to come',
    (w) => w.plant('credential', aCredential(w.named('boards-3').id, { pending: { ...SEALED, epoch: 9 } })),
  ],
  ['W1', 'what is derived is not true', (w) => w.world.deadlines.add({ at: 1, kind: 'lease', id: 'lse_x' })],
];

describe('a planted fault is found and named', () => {
  test.each(PLANTS)('%s: %s', (invariant, _what, plant) => {
    const world = new BusyWorld();
    plant(world);
    expect(world.found()).toContain(invariant);
  });
});
