import { digestText } from '../digest.ts';
import { formatDuration } from '../duration.ts';
import { Refusal, refuseInput } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import { nearName } from '../near-name.ts';
import type { Json } from '../json.ts';
import type { Pool, PoolSpec } from '../model/pool.ts';
import { requireFittingTransitions } from './fitting-transitions.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import { upkeepOfPool } from '../upkeep/owner.ts';
import { followSize } from '../upkeep/rounds.ts';
import { asPeopleMay } from './as-people-may.ts';
import { parentSaid, requirePlace } from './pool-tree.ts';
import { keepShare, requireOwnSize, requireSplit } from './split-pool.ts';
import { retryHeldMembers } from '../resource/act-on-resource.ts';
import { judgeMembers } from '../resource/follow-health.ts';
import { dropWaiters } from '../stage/drop-waiters.ts';
import { requireStages } from '../stage/require-stages.ts';

export const POOLS_MAX = 10_000;
/** Members that a pool may be sized to. */
export const POOL_SIZE_MAX = 1_000_000;
/** Probes of one pool. */
export const PROBES_MAX = 8;
/** Templates that a pool knows again. */
const EARLIER_TEMPLATES_MAX = 10;

export type PutPool = {
  readonly type: 'putPool';
  readonly name: string;
  /** The whole specification; with `merge`, the members that change. */
  readonly spec: Partial<PoolSpec>;
  readonly merge: boolean;
  readonly version?: number;
};

/** A share of a pool's size, in whole per cent. */
export const ROLLOUT_SHARE = /^(100|[1-9][0-9]?)%$/;

/** What a pool is where nothing else is said. */
export const POOL_DEFAULTS = {
  parent: null,
  kind: 'machine',
  size: null,
  template: null,
  lease: { defaultMs: 3_600_000, maxMs: 24 * 3_600_000, queue: 'fifo' },
  quota: {},
  recycle: 'clean',
  on: {},
  cooldownMs: 0,
  maxUses: null,
  maxAgeMs: null,
  health: [],
  leaks: 'report',
  cost: {},
  victims: 'newest',
  rollout: { atOnce: '25%' },
  labels: {},
} as const satisfies Omit<PoolSpec, 'name' | 'provider'>;

/**
 * Creates a pool or changes its specification; what already is so stays untouched.
 *
 * Shape: changes the pool; emits `pool.created` or `pool.changed`; its size is settled in the same decision.
 * Errors: `invalid_input`, `pool_not_found` (a merge into nothing), `provider_not_found`, `workflow_not_found`,
 * `profile_not_found`, `pool_being_removed`, `pool_of_upkeep` (what a cloud pool instance says of it), `version_mismatch`; of its parent, those of `requirePlace`.
 */
export function putPool(tx: Transaction, input: PutPool): Pool {
  if (input.merge && input.spec.size !== undefined) requireOwnSize(tx.world, input.name);
  const pool = takeSpec(tx, input);
  requirePlace(tx, pool);
  requireSplit(tx, pool);
  return pool;
}

/** The same without a look at the pool's place in the tree, for who changes many pools and looks when all are there. */
export function takeSpec(tx: Transaction, input: PutPool, by: 'people' | 'upkeep' = 'people'): Pool {
  const current = tx.world.pools.get(input.name)?.pool;
  if (current === undefined && input.merge) tx.requirePool(input.name);
  if (current?.status === 'removing') {
    throw new Refusal('pool_being_removed', `Pool "${input.name}" is being removed. Wait until it has gone.`);
  }
  if (current !== undefined) requireVersion(current.version, input.version);
  else if (input.version !== undefined) tx.requirePool(input.name);
  const spec = requireSpec(tx, current, by === 'upkeep' ? input : asPeopleMay(tx, current, input));
  if (current === undefined) {
    if (tx.world.pools.size >= POOLS_MAX)
      throw refuseInput('/name', `there are ${POOLS_MAX} pools, which is the most`);
    const made = { status: 'open', version: 1, templateRevision: 1, createdAt: tx.now } as const;
    const pool: Pool = { ...spec, ...made, ...divisionOf(undefined, spec) };
    tx.emit('pool.created', { pool: pool.name }, {});
    return tx.put('pool', pool.name, pool);
  }
  if (canonicalJson(specOf(current)) === canonicalJson(spec)) return current;
  const isRemade = canonicalJson(current.template) !== canonicalJson(spec.template);
  // What may be left out of a specification is not there any more when it is.
  const { split: _split, isToDivide: _isToDivide, stages: _stages, ...kept } = current;
  if (spec.stages === undefined) dropWaiters(tx, spec.name);
  const pool = tx.put('pool', spec.name, {
    ...kept,
    ...spec,
    version: current.version + 1,
    ...(isRemade ? revisionOf(current, spec.template) : {}),
    ...divisionOf(current, spec),
  });
  tx.emit('pool.changed', { pool: pool.name }, { version: pool.version });
  if (isRemade) retryHeldMembers(tx, pool);
  if (canonicalJson(current.health as Json) !== canonicalJson(spec.health as Json)) judgeMembers(tx, pool);
  if (pool.lease.queue === 'priority' && current.lease.queue !== 'priority') advanceWaiting(tx, pool);
  const isResized = canonicalJson(current.size) !== canonicalJson(spec.size);
  const upkeep = upkeepOfPool(tx.world, pool.name);
  if (isResized && upkeep !== undefined) followSize(tx, upkeep);
  return pool;
}

function divisionOf(current: Pool | undefined, { split }: PoolSpec): Pick<Pool, 'isToDivide'> {
  const isSame = canonicalJson(current?.split ?? null) === canonicalJson(split ?? null);
  const isToDivide = split !== undefined && (!isSame || current?.isToDivide === true);
  return isToDivide ? { isToDivide } : {};
}

/**
 * The revision of a template that takes the place of a pool's: a new number, or the one that it had. What it made is up to date
 * then, so that taking a change back in the middle of its rollout replaces only what the change has made.
 */
function revisionOf(
  { template, templateRevision, earlierTemplates = [] }: Pool,
  next: PoolSpec['template'],
): Pick<Pool, 'templateRevision' | 'earlierTemplates'> {
  const known = [...earlierTemplates, { revision: templateRevision, digest: digestOf(template) }];
  const digest = digestOf(next);
  const revision =
    known.find((earlier) => earlier.digest === digest)?.revision ??
    Math.max(...known.map((earlier) => earlier.revision)) + 1;
  const others = known.filter((earlier) => earlier.revision !== revision);
  return { templateRevision: revision, earlierTemplates: others.slice(-EARLIER_TEMPLATES_MAX) };
}

function digestOf(template: PoolSpec['template']): string {
  return digestText(canonicalJson(template));
}

/** By priority, who waits may take what is set aside for those who come later now; so everybody is looked at, in order. */
function advanceWaiting(tx: Transaction, pool: Pool): void {
  const { queue, gatherers } = tx.requirePool(pool.name);
  if (gatherers.size === 0) return;
  for (const { lease } of queue) tx.toAdvance.push(lease);
}

export function specOf(pool: Pool): PoolSpec & { [name: string]: Json } {
  const {
    status: _status,
    version: _version,
    templateRevision: _revision,
    earlierTemplates: _earlier,
    isToDivide: _isToDivide,
    createdAt: _created,
    ...spec
  } = pool;
  return spec as PoolSpec & { [name: string]: Json };
}

function requireSpec(
  tx: Transaction,
  current: Pool | undefined,
  input: PutPool,
): PoolSpec & { [name: string]: Json } {
  const base = input.merge && current !== undefined ? specOf(current) : POOL_DEFAULTS;
  const merged = { ...base, ...input.spec, name: input.name };
  const provider = merged.provider;
  if (provider === undefined) throw refuseInput('/provider', 'a pool names its provider');
  const spec = {
    ...merged,
    provider,
    parent: parentSaid(merged.parent),
    lease: leaseOf(base.lease, input),
    quota: { ...(input.spec.quota ?? base.quota) },
  } as PoolSpec;
  requireProviderFits(tx, spec, current);
  requireFittingTransitions(tx, spec.on);
  requireSize(spec);
  requireRollout(spec);
  requireProbes(spec);
  requireRest(spec);
  requireStages(tx, spec, current);
  if (spec.lease.defaultMs > spec.lease.maxMs) {
    throw refuseInput(
      '/lease/default',
      `the default is longer than the maximum (${formatDuration(spec.lease.maxMs)})`,
    );
  }
  if (current !== undefined && current.kind !== spec.kind) {
    throw refuseInput('/kind', `the pool is of kind "${current.kind}"; make another pool for another kind`);
  }
  return keepShare(tx.world, current, spec) as PoolSpec & { [name: string]: Json };
}

/** Who gives one of the two durations of a whole specification means it: the other one makes room. */
function leaseOf(base: PoolSpec['lease'], { spec, merge }: PutPool): PoolSpec['lease'] {
  const given: Partial<PoolSpec['lease']> = spec.lease ?? {};
  const lease = { ...base, ...given };
  if (merge) return lease;
  if (given.maxMs === undefined) return { ...lease, maxMs: Math.max(lease.maxMs, lease.defaultMs) };
  return given.defaultMs === undefined
    ? { ...lease, defaultMs: Math.min(lease.defaultMs, lease.maxMs) }
    : lease;
}

function requireProviderFits(tx: Transaction, spec: PoolSpec, current: Pool | undefined): void {
  const provider = tx.world.providers.get(spec.provider);
  const isChanged = current?.provider !== spec.provider;
  if (provider?.status === 'removing' && isChanged) {
    throw refuseInput(
      '/provider',
      `provider "${spec.provider}" is being removed; name another`,
      'provider_being_removed',
    );
  }
  if (provider === undefined) {
    const known = [...tx.world.providers.keys()];
    const near = nearName(spec.provider, known);
    const guess = near === undefined ? ';' : `; did you mean "${near}"?`;
    throw refuseInput(
      '/provider',
      `there is no provider "${spec.provider}"${guess} configured are: ${known.join(', ') || 'none'}`,
      'provider_not_found',
    );
  }
  if (current !== undefined && isChanged && (tx.world.pools.get(spec.name)?.members.size ?? 0) > 0) {
    throw refuseInput(
      '/provider',
      'the provider of a pool that has members cannot change; make another pool',
    );
  }
  if (!provider.makes && spec.size !== null) {
    throw refuseInput(
      '/size',
      `provider "${provider.name}" (${provider.driver}) makes no resources; leave size out and register them`,
    );
  }
  if (provider.makes && spec.size === null) {
    throw refuseInput(
      '/size',
      `provider "${provider.name}" (${provider.driver}) makes the resources, so the pool needs a size`,
    );
  }
  if (!provider.makes && spec.recycle === 'replace') {
    throw refuseInput(
      '/recycle',
      `provider "${provider.name}" (${provider.driver}) makes no resources, so none can be replaced`,
    );
  }
}

function requireRollout({ rollout: { atOnce } }: PoolSpec): void {
  const isCount =
    typeof atOnce === 'number' && Number.isInteger(atOnce) && atOnce >= 0 && atOnce <= POOL_SIZE_MAX;
  if (isCount || (typeof atOnce === 'string' && ROLLOUT_SHARE.test(atOnce))) return;
  throw refuseInput(
    '/rollout/atOnce',
    `atOnce is a whole number from 0 to ${POOL_SIZE_MAX}, or a share of the size from "1%" to "100%"`,
  );
}

function requireProbes({ health }: PoolSpec): void {
  if (health.length > PROBES_MAX) throw refuseInput('/health', `a pool has at most ${PROBES_MAX} probes`);
  health.forEach(({ name }, index) => {
    if (health.findIndex((probe) => probe.name === name) < index)
      throw refuseInput(`/health/${index}/name`, `there are two probes "${name}"; give each its own name`);
  });
}

function requireRest({ cooldownMs, maxUses, maxAgeMs }: PoolSpec): void {
  if (cooldownMs < 0) throw refuseInput('/cooldown', 'cooldown is a duration such as 30s, or 0s for none');
  if (maxUses !== null && (!Number.isInteger(maxUses) || maxUses < 1))
    throw refuseInput('/maxUses', 'maxUses is a whole number from 1, or null for no end');
  if (maxAgeMs !== null && maxAgeMs <= 0)
    throw refuseInput('/maxAge', 'maxAge is a duration such as 30d, or null for no end');
}

function requireSize(spec: PoolSpec): void {
  if (spec.size === null) return;
  if (spec.rounds !== undefined && !('desired' in spec.size))
    throw refuseInput('/size', 'a pool that is kept in rounds has a fixed size: { desired }');
  for (const [member, value] of Object.entries(spec.size)) {
    if (!Number.isInteger(value) || value < 0 || value > POOL_SIZE_MAX) {
      throw refuseInput(`/size/${member}`, `${member} is a whole number from 0 to ${POOL_SIZE_MAX}`);
    }
  }
  if ('min' in spec.size && spec.size.min > spec.size.max) {
    throw refuseInput('/size/min', `min is at most max (${spec.size.max})`);
  }
}
