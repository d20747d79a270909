import { explainResource } from '../explain/explain-resource.ts';
import type { Leak } from '../model/leak.ts';
import type { LedgerState } from '../model/ledger.ts';
import type { Resource } from '../model/resource.ts';
import type { World } from '../world/world.ts';

/** One thing outside, as the ledger lists it. Instants are milliseconds UTC. */
export type LedgerEntry = {
  readonly state: LedgerState;
  readonly provider: string;
  readonly pool: string | null;
  readonly resource: string;
  readonly name: string | null;
  readonly externalId: string | null;
  /** Since when it is in this state, as far as that is known. */
  readonly since: number;
  readonly requestedAt: number | null;
  readonly madeAt: number | null;
  readonly cost: Readonly<Record<string, string | number>>;
  /** What is being done about it, for people. */
  readonly doing: string;
};

/** A resource as the ledger lists it; undefined for one that nobody made: it was there before, and stays. */
export function ledgerEntryOf(world: World, resource: Resource): LedgerEntry | undefined {
  if (world.providers.get(resource.provider)?.makes !== true) return undefined;
  const { provider, pool, id, name, externalId, since, createdAt, madeAt } = resource;
  const state = resource.status === 'exiting' ? 'leaving' : madeAt === undefined ? 'intended' : 'made';
  return {
    state,
    provider,
    pool,
    resource: id,
    name,
    externalId,
    since: state === 'made' ? (madeAt ?? since) : since,
    requestedAt: createdAt,
    madeAt: madeAt ?? null,
    cost: costOf(world, pool),
    doing: explainResource(world, id).summary,
  };
}

/** A leak as the ledger lists it; undefined for what was seen once alone. */
export function ledgerEntryOfLeak(world: World, leak: Leak): LedgerEntry | undefined {
  if (leak.status !== 'leaked') return undefined;
  const { provider, pool, resource, externalId, firstSeenAt } = leak;
  return {
    state: 'leaked',
    provider,
    pool,
    resource,
    name: null,
    externalId,
    since: firstSeenAt,
    requestedAt: null,
    madeAt: null,
    cost: costOf(world, pool),
    doing: adviceOn(world, leak),
  };
}

function adviceOn(world: World, { provider, resource, pool }: Leak): string {
  if (world.resources.has(resource)) {
    return `It is a second thing of resource ${resource}, which has another. Look at it at provider "${provider}" and end it there.`;
  }
  const isKnown = pool !== null && world.pools.get(pool)?.pool.provider === provider;
  const how = isKnown ? `, or set leaks: destroy on pool "${pool}"` : '';
  return `Nobody knows it, and it is left alone. End it at provider "${provider}"${how}.`;
}

function costOf(world: World, pool: string | null): LedgerEntry['cost'] {
  return (pool === null ? undefined : world.pools.get(pool)?.pool.cost) ?? {};
}
