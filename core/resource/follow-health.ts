import type { Pool } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { isOut, setFate } from './fate.ts';
import { failingProbes } from './health.ts';
import type { FailingProbe } from './health.ts';
import { changeResource } from './change-resource.ts';
import { quarantineResource, retireResource, unsetAside } from './turnover.ts';

/**
 * Does what follows from the probes of a resource: the gravest of those that fail decides.
 *
 * Shape: a free one is replaced, set aside as unsafe or held at once, or comes back on offer where nothing holds it any more;
 * of a leased one the fate changes, and its holder keeps it.
 */
export function followHealth(tx: Transaction, resource: Resource): void {
  const [worst] = failingProbes(tx.world.pools.get(resource.pool)?.pool, resource);
  if (isOut(resource)) return decideFate(tx, resource, worst);
  if (resource.status !== 'free') return;
  if (worst === undefined) return release(tx, resource);
  const reason = reasonOf(worst);
  switch (worst.spec.action) {
    case 'replace':
      return retireResource(tx, resource, reason);
    case 'quarantine':
      return quarantineResource(tx, resource, reason);
    case 'hold':
      keepBack(tx, resource, reason);
  }
}

/** A quarantine outlasts a replacement, and neither is taken back: it may have been a person who asked for it. */
function decideFate(tx: Transaction, resource: Resource, worst: FailingProbe | undefined): void {
  if (worst?.spec.action === 'quarantine') setFate(tx, resource, 'quarantine');
  else if (worst?.spec.action === 'replace' && resource.fate === 'recycle') setFate(tx, resource, 'retire');
}

/**
 * A resource is about to be offered. Keeps it back where a probe says so; answers whether it is kept.
 *
 * Verdicts that would have sent it another way are of before: a person has taken it back since, and the probe is asked anew.
 */
export function holdUnhealthy(tx: Transaction, resource: Resource): boolean {
  if (resource.probes === undefined || resource.status !== 'free') return false;
  const failing = failingProbes(tx.world.pools.get(resource.pool)?.pool, resource);
  const holding = failing.find(({ spec }) => spec.action === 'hold');
  const outdated = new Set(
    failing.filter((probe) => probe.spec.action !== 'hold').map(({ spec }) => spec.name),
  );
  const kept = outdated.size === 0 ? resource : forgetVerdicts(tx, resource, outdated);
  if (holding === undefined) return false;
  keepBack(tx, kept, reasonOf(holding));
  return true;
}

/** The probes of a pool changed: what those said that are gone is forgotten, and the others are heeded as the pool says now. */
export function judgeMembers(tx: Transaction, { name, health }: Pool): void {
  for (const id of tx.requirePool(name).members) {
    const resource = tx.world.resources.get(id) as Resource;
    if (resource.probes === undefined) continue;
    const gone = resource.probes.filter(({ probe }) => !health.some((spec) => spec.name === probe));
    const names = new Set(gone.map(({ probe }) => probe));
    followHealth(tx, gone.length === 0 ? resource : forgetVerdicts(tx, resource, names));
  }
}

/** A person goes on with what a probe holds: it is lent again until the probe, asked anew, fails again. */
export function retryProbes(tx: Transaction, resource: Resource): void {
  release(tx, forgetVerdicts(tx, resource, null));
}

/** Forgets verdicts of probes with these names; null is all. */
export function forgetVerdicts(
  tx: Transaction,
  resource: Resource,
  names: ReadonlySet<string> | null,
): Resource {
  const { probes = [], ...rest } = resource;
  const staying = names === null ? [] : probes.filter(({ probe }) => !names.has(probe));
  const version = resource.version + 1;
  return tx.put('resource', resource.id, {
    ...rest,
    ...(staying.length === 0 ? {} : { probes: staying }),
    version,
  });
}

function keepBack(tx: Transaction, resource: Resource, reason: string): void {
  if (resource.hold?.reason === reason) return;
  const since = resource.hold?.since ?? tx.now;
  changeResource(tx, unsetAside(tx, resource), { hold: { reason, since, step: null, run: null } });
  tx.emit(
    'resource.held',
    { resource: resource.id, pool: resource.pool },
    { reason, status: resource.status },
  );
}

function release(tx: Transaction, resource: Resource): void {
  if (resource.hold === null) return;
  changeResource(tx, resource, { hold: null });
  tx.emit('resource.resumed', { resource: resource.id, pool: resource.pool }, { from: resource.status });
  tx.toOffer.push(resource.id);
}

function reasonOf({ spec, verdict }: FailingProbe): string {
  return `probe "${spec.name}" fails${verdict.detail === null ? '' : `: ${verdict.detail}`}`;
}
