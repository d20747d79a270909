import { ID_PREFIX } from '../ids.ts';
import { followUp } from '../job/observe.ts';
import { OUR_ID } from '../ledger/adopt-leak.ts';
import { ALLOCATED_STATES } from '../model/resource.ts';
import type { Listed, Resource } from '../model/resource.ts';
import type { Upkeep } from '../model/upkeep.ts';
import { nameOfMember } from '../pool/request-member.ts';
import { newResource } from '../resource/new-resource.ts';
import { takeTraits } from '../resource/observed-traits.ts';
import type { Transaction } from '../world/transaction.ts';

/** Is it there to stay? What has ended, or is about to, is nobody's business. */
export function isAdoptable({ machine }: Listed): boolean {
  return ALLOCATED_STATES.includes(machine);
}

/**
 * Takes in a machine that bears the mark of the pool and is of no resource, as one that exists and enters. It gets the id that its tag
 * says where that is free: so whoever looks for it by its tag finds it.
 *
 * Shape: a new resource; emits `resource.observed` with `adopted`, and what follows where it is ready.
 */
export function adoptMachine(tx: Transaction, upkeep: Upkeep, thing: Listed): Resource {
  const { pool } = tx.requirePool(upkeep.pool as string);
  const isFree =
    thing.resource !== null && OUR_ID.test(thing.resource) && !tx.world.resources.has(thing.resource);
  const id = isFree ? (thing.resource as string) : tx.context.newId(ID_PREFIX.resource);
  const { machine, liveness, externalId } = thing;
  const name = nameOfMember(tx, pool.name, id);
  const resource = tx.put(
    'resource',
    id,
    newResource(pool, { id, name, status: 'entering', externalId, machine, createdAt: tx.now }),
  );
  tx.emit(
    'resource.observed',
    { resource: id, pool: pool.name },
    { machine, liveness, externalId, adopted: true },
  );
  const adopted = takeTraits(tx, resource, { observation: thing, askedAt: tx.now });
  followUp(tx, adopted);
  return adopted;
}
