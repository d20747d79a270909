import { ID_PREFIX } from '../ids.ts';
import { startJob } from '../job/start-job.ts';
import type { Pool } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import { whoIsNamed } from '../resource/who-is-named.ts';
import { newResource } from '../resource/new-resource.ts';
import type { Transaction } from '../world/transaction.ts';

/** Characters of the id in the name of a member that the pool made. */
const NAME_SUFFIX_LENGTH = 6;

/** Asks the provider of a pool for one member more. */
export function requestMember(tx: Transaction, pool: Pool): Resource {
  const id = tx.context.newId(ID_PREFIX.resource);
  const name = nameOfMember(tx, pool.name, id);
  const made = newResource(pool, { id, name, status: 'requested', machine: 'REQUESTED', createdAt: tx.now });
  const resource = tx.put('resource', id, made);
  tx.emit('resource.requested', { resource: id, pool: pool.name }, { name: resource.name });
  startJob(tx, { kind: 'create' }, resource);
  return resource;
}

/** The pool's name and the end of the id: as much of it as tells the members apart. */
export function nameOfMember(tx: Transaction, pool: string, id: string): string {
  const state = tx.world.pools.get(pool);
  const isTaken = (name: string) =>
    state !== undefined && whoIsNamed(tx.world, state, { name }) !== undefined;
  for (let length = NAME_SUFFIX_LENGTH; length < id.length; length += 2) {
    const name = `${pool}-${id.slice(-length)}`;
    if (!isTaken(name)) return name;
  }
  return `${pool}-${id}`;
}
