import { ID_PREFIX } from '../ids.ts';
import { isBeingAttached, startJob } from '../job/start-job.ts';
import type { Pool } from '../model/pool.ts';
import { ALLOCATED_STATES } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import { nameOfMember } from '../pool/request-member.ts';
import { newResource } from '../resource/new-resource.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeUpkeep } from './change-upkeep.ts';
import { findMachine } from './find-machine.ts';
import { upkeepOfPool } from './owner.ts';
import { busyWith, noSuchMachine } from './refusals.ts';

/** The member, and the job that takes it in; null where it is one already. */
type Taken = { readonly resource: string; readonly job: string | null };

/**
 * Asks a provider to take in a machine that exists already. One that is a member stays as it is.
 *
 * Errors: `machine_busy` while it is on its way in or out, and where it is a member of another pool; `machine_not_found` for a member
 * that is no more.
 */
export function attachMachine(tx: Transaction, state: PoolState, machine: string): Taken {
  const member = findMachine(tx.world, state, machine);
  if (member === undefined) return takeIn(tx, state.pool, machine);
  if (member.status === 'exiting') throw busyWith(machine, 'it is on its way out of the pool');
  if (isBeingAttached(tx, member)) throw busyWith(machine, 'it is on its way into the pool');
  if (!ALLOCATED_STATES.includes(member.machine)) throw noSuchMachine(state.pool.name, machine);
  return { resource: member.id, job: null };
}

function takeIn(tx: Transaction, pool: Pool, machine: string): Taken {
  for (const id of tx.world.resourcesOfProvider.get(pool.provider) ?? []) {
    const other = tx.world.resources.get(id);
    if (other?.externalId === machine) throw busyWith(machine, `it is a member of pool "${other.pool}"`);
  }
  const resource = putMachine(tx, pool, machine);
  wantBack(tx, pool, machine);
  return { resource: resource.id, job: startJob(tx, { kind: 'attach' }, resource).id };
}

/** What was detached once is kept out by nothing from now on: a list that has it may be the only answer that there is. */
function wantBack(tx: Transaction, { name }: Pool, machine: string): void {
  const upkeep = upkeepOfPool(tx.world, name);
  const detached = upkeep?.detached.filter(({ externalId }) => externalId !== machine) ?? [];
  if (upkeep !== undefined && detached.length < upkeep.detached.length)
    changeUpkeep(tx, upkeep, { detached });
}

/**
 * Until its place has answered it counts for nothing and may not be taken away: a pool that is as large as it is to be must not give
 * up another member for it.
 */
function putMachine(tx: Transaction, pool: Pool, machine: string): Resource {
  const id = tx.context.newId(ID_PREFIX.resource);
  const name = nameOfMember(tx, pool.name, id);
  const asked = { status: 'requested', machine: 'REQUESTED', isEvictable: false, isActive: false } as const;
  const made = newResource(pool, { id, name, externalId: machine, ...asked, createdAt: tx.now });
  return tx.put('resource', id, made);
}
