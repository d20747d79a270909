import { ID_PREFIX } from '../ids.ts';
import { startJob } from '../job/start-job.ts';
import type { Pool } from '../model/pool.ts';
import { templateTraits } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

/** Characters of the id in the name of a member that the pool made. */
const NAME_SUFFIX_LENGTH = 6;

/** Asks the provider of a pool for one member more. */
export function requestMember(tx: Transaction, pool: Pool): Resource {
  const id = tx.context.newId(ID_PREFIX.resource);
  const { labels, params } = templateTraits(pool.template);
  const resource = tx.put('resource', id, {
    id,
    name: nameOfMember(tx, pool.name, id),
    pool: pool.name,
    kind: pool.kind,
    provider: pool.provider,
    status: 'requested',
    hold: null,
    epoch: 0,
    version: 1,
    labels,
    params,
    addresses: [],
    endpoints: {},
    externalId: null,
    machine: 'REQUESTED',
    liveness: 'UNKNOWN',
    unhealthySince: null,
    isEvictable: true,
    createdAt: tx.now,
    since: tx.now,
    uses: 0,
    leaseId: null,
    fate: 'recycle',
    templateRevision: pool.templateRevision,
    profiles: [],
    run: null,
    turnover: null,
    chain: null,
    destination: null,
    restsUntil: null,
  });
  tx.emit('resource.requested', { resource: id, pool: pool.name }, { name: resource.name });
  startJob(tx, { kind: 'create' }, resource);
  return resource;
}

/** The pool's name and the end of the id: as much of it as tells the members apart. */
export function nameOfMember(tx: Transaction, pool: string, id: string): string {
  const taken = tx.world.pools.get(pool)?.idByName;
  for (let length = NAME_SUFFIX_LENGTH; length < id.length; length += 2) {
    const name = `${pool}-${id.slice(-length)}`;
    if (taken?.has(name) !== true) return name;
  }
  return `${pool}-${id}`;
}
