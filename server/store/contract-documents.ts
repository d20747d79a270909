import type {
  EndedLease,
  HeldLease,
  Job,
  Pool,
  ProviderEntry,
  Credential,
  Receipt,
  Waiter,
  Resource,
  RoundsSpec,
  Run,
  SealedRecord,
  Token,
  Upkeep,
  WorldEvent,
} from '@poolkeeper/core';
import type { Batch } from './contract.ts';

/** Documents and batches for tests of stores; what a test cares about it overrides. */

export const NOW = 1_700_000_000_000;

export function aProvider(name: string): ProviderEntry {
  const options = { command: ['./provider.py'] };
  return { name, driver: 'exec', makes: true, options, status: 'open', version: 1, createdAt: NOW };
}

export function aPool(name: string): Pool {
  return {
    name,
    parent: null,
    kind: 'machine',
    provider: 'hand',
    size: { desired: 2 },
    template: { command: ['node', 'server.js'], labels: { arch: 'amd64' } },
    lease: { defaultMs: 3_600_000, maxMs: 7_200_000, queue: 'fifo' },
    quota: { perHolder: 2 },
    recycle: 'clean',
    on: { release: { clean: 'wipe' } },
    cooldownMs: 0,
    maxUses: null,
    maxAgeMs: null,
    health: [],
    leaks: 'report',
    cost: {},
    victims: 'newest',
    rollout: { atOnce: '25%' },
    labels: { team: 'web' },
    status: 'open',
    version: 1,
    templateRevision: 1,
    createdAt: NOW,
  };
}

export function aResource(id: string, overrides: Partial<Resource> = {}): Resource {
  return {
    id,
    name: `name of ${id}`,
    pool: 'web',
    kind: 'machine',
    provider: 'hand',
    status: 'free',
    hold: null,
    epoch: 1,
    version: 1,
    labels: { arch: 'amd64' },
    params: { ram: 16 },
    addresses: ['10.0.0.7'],
    endpoints: { http: 'http://10.0.0.7:80' },
    externalId: null,
    machine: 'RUNNING',
    liveness: 'LIVE',
    unhealthySince: null,
    isEvictable: true,
    createdAt: NOW,
    since: NOW,
    uses: 0,
    leaseId: null,
    fate: 'recycle',
    templateRevision: 1,
    profiles: [],
    run: null,
    turnover: null,
    chain: null,
    destination: null,
    restsUntil: null,
    ...overrides,
  };
}

export function aHeldLease(id: string, overrides: Partial<HeldLease> = {}): HeldLease {
  return {
    id,
    holder: 'ann',
    items: [{ pool: 'web', count: 1, minimum: 1, match: {}, filter: null }],
    durationMs: 3_600_000,
    heartbeatMs: null,
    priority: 0,
    labels: {},
    note: '',
    createdAt: NOW,
    seq: 1,
    version: 1,
    status: 'active',
    members: [{ resource: 'res_1', name: 'one', pool: 'web', kind: 'machine', epoch: 1, item: 0 }],
    grantedAt: NOW,
    expiresAt: NOW + 3_600_000,
    heartbeatBy: null,
    ...overrides,
  };
}

export function anEndedLease(
  id: string,
  input: { holder?: string; pools?: readonly string[]; endedAt?: number } = {},
): EndedLease {
  const { heartbeatBy: _, ...lease } = aHeldLease(id, { holder: input.holder ?? 'ann' });
  return {
    ...lease,
    items: (input.pools ?? ['web']).map((pool) => ({ pool, count: 1, minimum: 1, match: {}, filter: null })),
    status: 'ended',
    endedAt: input.endedAt ?? NOW,
    endReason: 'released',
  };
}

export function aJob(id: string): Job {
  return {
    id,
    kind: 'create',
    provider: 'hand',
    pool: 'web',
    resource: 'res_1',
    epoch: 1,
    attempts: 0,
    notBefore: NOW,
    createdAt: NOW,
    lastError: null,
    step: null,
    runsOn: {},
    claim: null,
    fence: 0,
  };
}

export function anEndedRun(id: string, overrides: Partial<Run> = {}): Run {
  return {
    id,
    resource: 'res_1',
    resourceName: 'b1',
    pool: 'web',
    transition: 'release',
    epoch: 1,
    lease: 'lse_1',
    holder: 'ann',
    status: 'passed',
    steps: [
      {
        name: 'clean',
        phase: 'clean',
        workflow: 'wipe',
        uses: 'exec',
        with: { command: ['./wipe.sh', 'b1'] },
        secrets: [{ pointer: '/env/TOKEN', parts: ['Bearer ', { secret: 'lab-token' }] }],
        timeoutMs: 300_000,
        retries: 2,
        if: null,
        onFailure: 'hold',
        runsOn: { site: 'lab' },
        report: {
          outcome: 'passed',
          attempts: 1,
          startedAt: NOW,
          endedAt: NOW + 40,
          exitCode: 0,
          outputDigest: 'ab'.repeat(32),
          outputBytes: 12,
          evidence: { removed: 3 },
          error: null,
          skipped: null,
        },
      },
    ],
    workflows: { wipe: 1 },
    at: 1,
    stepStartedAt: NOW,
    dueAt: null,
    source: { call: null, leaseLabels: {}, leaseNote: '', isLeaving: false },
    startedAt: NOW,
    endedAt: NOW + 50,
    version: 4,
    ...overrides,
  };
}

/** A turnover as a store sees it: what was signed is the business of others. */
export function aTurnover(number: number, overrides: Partial<SealedRecord> = {}): SealedRecord {
  const hash = number.toString(16).padStart(64, '0');
  return { resource: 'res_1', number, endedAt: NOW + number, hash, jws: `e30.e30.${number}`, ...overrides };
}

export function aToken(id: string): Token {
  return {
    id,
    name: `name of ${id}`,
    hash: 'ab'.repeat(32),
    role: 'holder',
    pools: null,
    quota: {},
    createdAt: NOW,
    expiresAt: null,
  };
}

export const SOME_ROUNDS: RoundsSpec = {
  fetchMs: 30_000,
  retries: 3,
  backoffMs: 3_000,
  reachableMs: 300_000,
  updateMs: 60_000,
};

/** An upkeep in the middle of a round, with everything that one may have. */
export function anUpkeep(name: string): Upkeep {
  return {
    name,
    pool: 'web',
    secret: 'upkeep-1',
    status: 'started',
    isSizeKnown: true,
    version: 7,
    createdAt: NOW,
    fetchedAt: NOW,
    lookedAt: NOW + 5,
    lookError: null,
    lookNumber: 3,
    look: { number: 3, failures: 1, notBefore: NOW + 3_000 },
    nextLookAt: null,
    roundNumber: 2,
    round: {
      number: 2,
      startedAt: NOW,
      phase: 'growing',
      look: 2,
      error: 'no capacity',
      failedInRow: 1,
      desired: 2,
      toAsk: 0,
      requested: ['res_1'],
      requestedCount: 1,
      terminating: ['vm-1'],
      terminatingCount: 1,
      isFollowed: true,
    },
    lastRound: { number: 1, endedAt: NOW, desired: 1, error: null },
    nextRoundAt: null,
    strays: ['vm-2'],
    detached: [{ externalId: 'vm-3', at: NOW }],
  };
}

export function aCredential(id: string): Credential {
  const kept = { sealed: 'pkseal1.k.n.c.t', at: NOW, epoch: 2 };
  return { id, current: kept, pending: null, management: kept, version: 3, createdAt: NOW, changedAt: NOW };
}

export function aWaiter(id: string): Waiter {
  const { pool, stage, request } = { pool: 'web', stage: 'free', request: 'r-1' };
  return { id, pool, stage, request, seq: 4, createdAt: NOW, askBy: NOW + 30_000, expiresAt: NOW + 90_000 };
}

export function aReceipt(id: string): Receipt {
  return { id, leaseId: 'lse_1', fingerprint: 'cd'.repeat(32), expiresAt: NOW };
}

export function anEvent(seq: number, overrides: Partial<WorldEvent> = {}): WorldEvent {
  return {
    seq,
    at: NOW + seq,
    type: 'lease.granted',
    pool: 'web',
    resource: null,
    lease: null,
    holder: null,
    data: {},
    ...overrides,
  };
}

export function aBatch(term: number, overrides: Partial<Batch> = {}): Batch {
  return {
    term,
    meta: { instant: NOW, eventSeq: overrides.events?.at(-1)?.seq ?? 0, leaseSeq: 0 },
    upserts: [],
    deletes: [],
    ended: [],
    runs: [],
    records: [],
    events: [],
    ...overrides,
  };
}

/** The upsert of a resource. */
export function put(id: string, overrides: Partial<Resource> = {}): Batch['upserts'][number] {
  return { kind: 'resource', id, document: aResource(id, overrides) };
}
