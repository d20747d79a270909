import { invariant } from '../invariant.ts';
import type { Credential } from '../model/credential.ts';
import type { Job } from '../model/job.ts';
import type { Leak } from '../model/leak.ts';
import { deadlineOf } from '../model/lease.ts';
import type { LiveLease } from '../model/lease.ts';
import type { Pool } from '../model/pool.ts';
import type { ProviderEntry } from '../model/provider.ts';
import type { Receipt } from '../model/receipt.ts';
import type { Resource } from '../model/resource.ts';
import type { Run } from '../model/run.ts';
import type { Secret } from '../model/secret.ts';
import type { Waiter } from '../model/stage.ts';
import type { Token } from '../model/token.ts';
import type { Upkeep } from '../model/upkeep.ts';
import type { Webhook } from '../model/webhook.ts';
import type { Profile, Workflow } from '../model/workflow.ts';
import { enterLease, leaveLease } from './lease-index.ts';
import { PoolState } from './pool-state.ts';
import { compareText, SortedList } from './sorted-list.ts';
import { livesUntil } from '../stage/lives-until.ts';

/** The documents of the world, by kind. Each is immutable and has an `id` (of what people name, it is the name). */
export type Documents = {
  provider: ProviderEntry;
  secret: Secret;
  profile: Profile;
  workflow: Workflow;
  webhook: Webhook;
  upkeep: Upkeep;
  pool: Pool;
  resource: Resource;
  run: Run;
  lease: LiveLease;
  job: Job;
  leak: Leak;
  token: Token;
  receipt: Receipt;
  credential: Credential;
  waiter: Waiter;
};
export type DocumentKind = keyof Documents;
export const DOCUMENT_KINDS = [
  'provider',
  'secret',
  'profile',
  'workflow',
  'webhook',
  'upkeep',
  'pool',
  'token',
  'resource',
  'run',
  'job',
  'leak',
  'lease',
  'receipt',
  'credential',
  'waiter',
] as const satisfies DocumentKind[];

/** Something that is due by itself at an instant. */
export type Deadline = {
  readonly at: number;
  /** `warning`: a lease is to be warned of its end. `look`, `round`: of an upkeep. `stage`: a member has lived long enough. */
  readonly kind:
    | 'lease'
    | 'warning'
    | 'token'
    | 'receipt'
    | 'run'
    | 'resource'
    | 'look'
    | 'round'
    | 'stage'
    | 'waiter';
  readonly id: string;
};

/** The counters of the world; stored with every commit. */
export type WorldMeta = {
  /** The last instant that was decided at; time in the world never runs backwards. */
  instant: number;
  /** Number of the last event. */
  eventSeq: number;
  /** Number of the last lease request, and of the last that waits by stage. */
  leaseSeq: number;
};

/**
 * Everything that is live, in memory: documents, and what is derived from them.
 *
 * Only `putDocument` changes it, and only a transaction calls that, so the derived parts cannot drift. Derived parts hang on
 * nothing but the documents: a world that was loaded decides as the one that wrote it.
 */
export type World = {
  readonly meta: WorldMeta;
  readonly providers: ReadonlyMap<string, ProviderEntry>;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly workflows: ReadonlyMap<string, Workflow>;
  readonly webhooks: ReadonlyMap<string, Webhook>;
  readonly upkeeps: ReadonlyMap<string, Upkeep>;
  readonly pools: ReadonlyMap<string, PoolState>;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly runs: ReadonlyMap<string, Run>;
  readonly leases: ReadonlyMap<string, LiveLease>;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly leaks: ReadonlyMap<string, Leak>;
  readonly tokens: ReadonlyMap<string, Token>;
  readonly receipts: ReadonlyMap<string, Receipt>;
  readonly credentials: ReadonlyMap<string, Credential>;
  readonly waiters: ReadonlyMap<string, Waiter>;
  readonly resourceIds: SortedList<string>;
  readonly leaseIds: SortedList<string>;
  readonly leakIds: SortedList<string>;
  readonly leasesOfHolder: ReadonlyMap<string, ReadonlySet<string>>;
  readonly deadlines: SortedList<Deadline>;
  /** By pool: those that divide their size over it; no decision leaves more than one. */
  readonly splittersOfPool: ReadonlyMap<string, ReadonlySet<string>>;
  readonly upkeepOfPool: ReadonlyMap<string, string>;
  readonly jobOfResource: ReadonlyMap<string, string>;
  readonly resourcesOfProvider: ReadonlyMap<string, ReadonlySet<string>>;
  readonly leaksOfProvider: ReadonlyMap<string, ReadonlySet<string>>;
  readonly tokenByHash: ReadonlyMap<string, string>;
  readonly tokenByName: ReadonlyMap<string, string>;
  /** Members of all pools that are handed over by stage, by name; and those pools, by what clients call them. */
  readonly stagedByName: ReadonlyMap<string, string>;
  readonly poolOfType: ReadonlyMap<string, string>;
  /** Pools that changed since their size was last looked at. */
  readonly unsettledPools: Set<string>;
};

/** The same maps, open for writing; only this file sees them so. */
type OpenWorld = {
  -readonly [K in keyof World]: World[K] extends ReadonlyMap<infer Key, infer Value>
    ? Map<Key, Value>
    : World[K];
};

function compareDeadlines(a: Deadline, b: Deadline): number {
  return a.at - b.at || compareText(a.id, b.id) || compareText(a.kind, b.kind);
}

/** A world with nothing in it. */
export function createWorld(): World {
  return {
    meta: { instant: 0, eventSeq: 0, leaseSeq: 0 },
    providers: new Map(),
    secrets: new Map(),
    profiles: new Map(),
    workflows: new Map(),
    webhooks: new Map(),
    upkeeps: new Map(),
    pools: new Map(),
    resources: new Map(),
    runs: new Map(),
    leases: new Map(),
    jobs: new Map(),
    leaks: new Map(),
    tokens: new Map(),
    receipts: new Map(),
    credentials: new Map(),
    waiters: new Map(),
    resourceIds: new SortedList<string>(compareText),
    leaseIds: new SortedList<string>(compareText),
    leakIds: new SortedList<string>(compareText),
    leasesOfHolder: new Map(),
    deadlines: new SortedList<Deadline>(compareDeadlines),
    splittersOfPool: new Map(),
    upkeepOfPool: new Map(),
    jobOfResource: new Map(),
    resourcesOfProvider: new Map(),
    leaksOfProvider: new Map(),
    tokenByHash: new Map(),
    tokenByName: new Map(),
    stagedByName: new Map(),
    poolOfType: new Map(),
    unsettledPools: new Set(),
  };
}

/** The id of a document: of what people name, it is the name. */
export function documentId(document: Documents[DocumentKind]): string {
  return 'id' in document ? document.id : document.name;
}

/** The document, or undefined. */
export function findDocument<K extends DocumentKind>(
  world: World,
  kind: K,
  id: string,
): Documents[K] | undefined {
  const found = kind === 'pool' ? world.pools.get(id)?.pool : mapOf(world, kind).get(id);
  return found as Documents[K] | undefined;
}

function mapOf(world: World, kind: Exclude<DocumentKind, 'pool'>): Map<string, unknown> {
  const open = world as OpenWorld;
  switch (kind) {
    case 'provider':
      return open.providers;
    case 'secret':
      return open.secrets;
    case 'profile':
      return open.profiles;
    case 'workflow':
      return open.workflows;
    case 'webhook':
      return open.webhooks;
    case 'upkeep':
      return open.upkeeps;
    case 'run':
      return open.runs;
    case 'resource':
      return open.resources;
    case 'lease':
      return open.leases;
    case 'job':
      return open.jobs;
    case 'leak':
      return open.leaks;
    case 'token':
      return open.tokens;
    case 'receipt':
      return open.receipts;
    case 'credential':
      return open.credentials;
    case 'waiter':
      return open.waiters;
  }
}

/**
 * Puts a document in the place of the one before it (undefined: there is none), and keeps everything derived true.
 *
 * Undoing a change is the same call with the two exchanged. Documents are put in an order in which what they refer to exists:
 * a pool before its resources and leases.
 */
export function putDocument<K extends DocumentKind>(
  world: World,
  kind: K,
  id: string,
  after: Documents[K] | undefined,
): Documents[K] | undefined {
  const before = findDocument(world, kind, id);
  const open = world as OpenWorld;
  if (kind !== 'pool') {
    const map = mapOf(world, kind);
    if (after === undefined) map.delete(id);
    else map.set(id, after);
  }
  switch (kind) {
    case 'provider':
    case 'secret':
    case 'profile':
    case 'workflow':
    case 'webhook':
    case 'credential':
      break;
    case 'waiter':
      indexWaiter(open, before as Waiter | undefined, after as Waiter | undefined);
      break;
    case 'upkeep':
      indexUpkeep(open, before as Upkeep | undefined, after as Upkeep | undefined);
      break;
    case 'run':
      indexDue(open, 'run', before as Run | undefined, after as Run | undefined);
      break;
    case 'pool':
      indexPool(open, id, after as Pool | undefined);
      break;
    case 'resource':
      indexResource(open, before as Resource | undefined, after as Resource | undefined);
      break;
    case 'lease':
      indexLease(open, before as LiveLease | undefined, after as LiveLease | undefined);
      break;
    case 'job':
      indexJob(open, before as Job | undefined, after as Job | undefined);
      break;
    case 'leak':
      indexLeak(open, before as Leak | undefined, after as Leak | undefined);
      break;
    case 'token':
      indexToken(open, before as Token | undefined, after as Token | undefined);
      break;
    case 'receipt':
      indexDeadline(open, 'receipt', before as Receipt | undefined, after as Receipt | undefined);
      break;
  }
  return before;
}

function indexPool(world: OpenWorld, name: string, after: Pool | undefined): void {
  const state = world.pools.get(name);
  indexSplit(world, state?.pool, after);
  indexType(world, state, after);
  if (after === undefined) {
    world.pools.delete(name);
    world.unsettledPools.delete(name);
    return;
  }
  world.unsettledPools.add(name);
  if (state === undefined) {
    world.pools.set(name, new PoolState(after, (id) => world.resources.get(id)));
    return;
  }
  const waiting = new Set([...state.queue, ...state.gatherers].map((entry) => entry.lease));
  if (after.lease.queue === state.pool.lease.queue) waiting.clear();
  const leases = [...waiting].map((id) => world.leases.get(id) as LiveLease);
  for (const lease of leases) leaveLease(world.pools, lease);
  state.change(after);
  for (const lease of leases) enterLease(world.pools, lease);
}

function indexSplit(world: OpenWorld, before: Pool | undefined, after: Pool | undefined): void {
  if (before?.split === after?.split) return;
  for (const { pool } of before?.split ?? []) removeFrom(world.splittersOfPool, pool, (before as Pool).name);
  for (const { pool } of after?.split ?? []) addTo(world.splittersOfPool, pool, (after as Pool).name);
}

/** What clients call the pool, and, where its members come to be handed over by stage or no longer are, their names. */
function indexType(world: OpenWorld, state: PoolState | undefined, after: Pool | undefined): void {
  const [was, is] = [state?.pool.stages, after?.stages];
  if (was?.type !== is?.type) {
    if (was !== undefined && world.poolOfType.get(was.type) === state?.pool.name)
      world.poolOfType.delete(was.type);
    if (is !== undefined) world.poolOfType.set(is.type, (after as Pool).name);
  }
  if ((was === undefined) === (is === undefined)) return;
  for (const [name, id] of state?.idByName ?? []) {
    if (is === undefined) dropName(world, name, id);
    else world.stagedByName.set(name, id);
  }
}

/** Somebody else may have the name by now. */
function dropName(world: OpenWorld, name: string, id: string): void {
  if (world.stagedByName.get(name) === id) world.stagedByName.delete(name);
}

function indexStage(world: OpenWorld, before: Resource | undefined, after: Resource | undefined): void {
  const [was, is] = [before && livesUntil(before), after && livesUntil(after)];
  if (was === is) return;
  if (before !== undefined && typeof was === 'number')
    world.deadlines.remove({ at: was, kind: 'stage', id: before.id });
  if (after !== undefined && typeof is === 'number')
    world.deadlines.add({ at: is, kind: 'stage', id: after.id });
}

function indexWaiter(world: OpenWorld, before: Waiter | undefined, after: Waiter | undefined): void {
  indexDeadline(world, 'waiter', before, after);
  const pool = (after ?? before)?.pool ?? '';
  world.pools.get(pool)?.staged?.changeWaiter(before, after);
}

function indexResource(world: OpenWorld, before: Resource | undefined, after: Resource | undefined): void {
  if (before?.stage !== undefined || after?.stage !== undefined) indexStage(world, before, after);
  if (before?.restsUntil !== after?.restsUntil) {
    indexRest(world, before, after);
  }
  if (before !== undefined && after !== undefined && before.pool === after.pool) {
    poolOf(world, after.pool).updateMember(before, after);
    // What does not change the numbers of the pool cannot change what its size asks for.
    const isCountedAnew =
      before.status !== after.status || before.hold !== after.hold || before.isActive !== after.isActive;
    const isOfferedAnew = before.leaseId !== after.leaseId || before.isEvictable !== after.isEvictable;
    const isMachineNews = before.machine !== after.machine;
    const isStagedAnew = before.stage?.name !== after.stage?.name;
    if (isCountedAnew || isOfferedAnew || isMachineNews || isStagedAnew) world.unsettledPools.add(after.pool);
    return;
  }
  if (before !== undefined) {
    const state = poolOf(world, before.pool);
    state.updateMember(before, undefined);
    if (state.staged !== null) dropName(world, before.name, before.id);
    world.unsettledPools.add(before.pool);
  }
  if (after !== undefined) {
    const state = poolOf(world, after.pool);
    state.updateMember(undefined, after);
    if (state.staged !== null) world.stagedByName.set(after.name, after.id);
    world.unsettledPools.add(after.pool);
  }
  if (before === undefined && after !== undefined) {
    world.resourceIds.add(after.id);
    addTo(world.resourcesOfProvider, after.provider, after.id);
  }
  if (before !== undefined && after === undefined) {
    world.resourceIds.remove(before.id);
    removeFrom(world.resourcesOfProvider, before.provider, before.id);
  }
}

function indexRest(world: OpenWorld, before: Resource | undefined, after: Resource | undefined): void {
  if (before !== undefined && before.restsUntil !== null)
    world.deadlines.remove({ at: before.restsUntil, kind: 'resource', id: before.id });
  if (after !== undefined && after.restsUntil !== null)
    world.deadlines.add({ at: after.restsUntil, kind: 'resource', id: after.id });
}

function indexDue(world: OpenWorld, kind: 'run', before: Run | undefined, after: Run | undefined): void {
  if (before !== undefined && before.dueAt !== null)
    world.deadlines.remove({ at: before.dueAt, kind, id: before.id });
  if (after !== undefined && after.dueAt !== null)
    world.deadlines.add({ at: after.dueAt, kind, id: after.id });
}

function indexUpkeep(world: OpenWorld, before: Upkeep | undefined, after: Upkeep | undefined): void {
  for (const deadline of deadlinesOf(before)) world.deadlines.remove(deadline);
  for (const deadline of deadlinesOf(after)) world.deadlines.add(deadline);
  const isNews = before?.round !== after?.round || before?.status !== after?.status;
  if (isNews && after !== undefined && world.pools.has(after.pool ?? ''))
    world.unsettledPools.add(after.pool as string);
  if (before?.pool === after?.pool) return;
  if (before !== undefined && before.pool !== null) world.upkeepOfPool.delete(before.pool);
  if (after !== undefined && after.pool !== null) world.upkeepOfPool.set(after.pool, after.name);
}

function deadlinesOf(upkeep: Upkeep | undefined): Deadline[] {
  if (upkeep === undefined) return [];
  const { name: id, nextLookAt, nextRoundAt } = upkeep;
  return [
    ...(nextLookAt === null ? [] : [{ at: nextLookAt, kind: 'look' as const, id }]),
    ...(nextRoundAt === null ? [] : [{ at: nextRoundAt, kind: 'round' as const, id }]),
  ];
}

type IdSets = Map<string, ReadonlySet<string>>;

function addTo(sets: IdSets, key: string, id: string): void {
  const ids = sets.get(key) as Set<string> | undefined;
  if (ids === undefined) sets.set(key, new Set([id]));
  else ids.add(id);
}

function removeFrom(sets: IdSets, key: string, id: string): void {
  const ids = sets.get(key) as Set<string> | undefined;
  ids?.delete(id);
  if (ids?.size === 0) sets.delete(key);
}

function poolOf(world: OpenWorld, name: string): PoolState {
  const state = world.pools.get(name);
  invariant(state !== undefined, `there is no pool ${name}`);
  return state;
}

function indexLease(world: OpenWorld, before: LiveLease | undefined, after: LiveLease | undefined): void {
  if (before !== undefined) {
    leaveLease(world.pools, before);
    if (before.status !== 'queued') {
      world.deadlines.remove({ at: deadlineOf(before), kind: 'lease', id: before.id });
      if (before.warnAt !== undefined)
        world.deadlines.remove({ at: before.warnAt, kind: 'warning', id: before.id });
    }
  }
  if (after !== undefined) {
    enterLease(world.pools, after);
    if (after.status !== 'queued') {
      world.deadlines.add({ at: deadlineOf(after), kind: 'lease', id: after.id });
      if (after.warnAt !== undefined)
        world.deadlines.add({ at: after.warnAt, kind: 'warning', id: after.id });
    }
  }
  if (before === undefined && after !== undefined) {
    world.leaseIds.add(after.id);
    addTo(world.leasesOfHolder, after.holder, after.id);
  }
  if (before !== undefined && after === undefined) {
    world.leaseIds.remove(before.id);
    removeFrom(world.leasesOfHolder, before.holder, before.id);
  }
  const changesDemand = before?.status === 'queued' || after?.status === 'queued';
  if (changesDemand) for (const item of (after ?? before)?.items ?? []) world.unsettledPools.add(item.pool);
}

function indexJob(world: OpenWorld, before: Job | undefined, after: Job | undefined): void {
  if (before !== undefined) world.jobOfResource.delete(before.resource);
  if (after !== undefined) world.jobOfResource.set(after.resource, after.id);
  // What waits until nothing is under way with its members looks again.
  else if (before !== undefined && world.pools.get(before.pool)?.pool.rounds !== undefined)
    world.unsettledPools.add(before.pool);
}

function indexLeak(world: OpenWorld, before: Leak | undefined, after: Leak | undefined): void {
  if (before === undefined && after !== undefined) {
    world.leakIds.add(after.id);
    addTo(world.leaksOfProvider, after.provider, after.id);
  }
  if (before !== undefined && after === undefined) {
    world.leakIds.remove(before.id);
    removeFrom(world.leaksOfProvider, before.provider, before.id);
  }
}

function indexToken(world: OpenWorld, before: Token | undefined, after: Token | undefined): void {
  indexDeadline(world, 'token', before, after);
  if (before !== undefined) {
    world.tokenByHash.delete(before.hash);
    world.tokenByName.delete(before.name);
  }
  if (after !== undefined) {
    world.tokenByHash.set(after.hash, after.id);
    world.tokenByName.set(after.name, after.id);
  }
}

type Expiring = { readonly id: string; readonly expiresAt: number | null };

function indexDeadline(
  world: OpenWorld,
  kind: 'token' | 'receipt' | 'waiter',
  before: Expiring | undefined,
  after: Expiring | undefined,
): void {
  if (before !== undefined && before.expiresAt !== null) {
    world.deadlines.remove({ at: before.expiresAt, kind, id: before.id });
  }
  if (after !== undefined && after.expiresAt !== null)
    world.deadlines.add({ at: after.expiresAt, kind, id: after.id });
}
