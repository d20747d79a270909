import { ID_PREFIX } from '../ids.ts';
import type { Pool } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import { DIRTY_STAGE, FREE_STAGE } from '../model/stage.ts';
import type { Stage } from '../model/stage.ts';
import { nameOfMember } from '../pool/request-member.ts';
import { newResource } from '../resource/new-resource.ts';
import { cleanResource } from '../resource/turnover.ts';
import type { Transaction } from '../world/transaction.ts';
import { emitStaged, stageNow } from './stand-at.ts';
import { cleansItself } from './way-back.ts';

export type NewMember = Partial<
  Pick<Resource, 'labels' | 'params' | 'profiles' | 'addresses' | 'endpoints'>
> & {
  /** Made beforehand; else it is made here. */
  readonly id?: string;
  readonly name: string;
  readonly stage: string;
  readonly data?: Stage['data'];
  readonly isEvictable?: boolean;
};

/**
 * Puts a new member at a stage of its pool: at `free` it enters as any that is registered; at any other it stands there, or is cleaned
 * where it is dirty and its pool sees to that.
 *
 * Shape: the caller has looked that the name is free. Emits `resource.staged` for what does not enter.
 */
export function addMember(tx: Transaction, pool: Pool, member: NewMember): Resource {
  if (member.stage === FREE_STAGE) {
    const entering = putMember(tx, pool, { member, status: 'entering' });
    tx.toOffer.push(entering.id);
    return entering;
  }
  const standing = putMember(tx, pool, { member, status: 'cleaning' });
  emitStaged(tx, standing);
  if (member.stage === DIRTY_STAGE && cleansItself(pool)) cleanResource(tx, standing, null);
  return tx.world.resources.get(standing.id) as Resource;
}

/** A new member, in the middle of whatever it comes in by. */
export function putMember(
  tx: Transaction,
  pool: Pool,
  { member, status }: { readonly member: NewMember; readonly status: 'entering' | 'cleaning' },
): Resource {
  const { name, labels, params, profiles, addresses, endpoints, isEvictable = false, data } = member;
  const said = { labels, params, profiles, addresses, endpoints };
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  const stage = { ...stageNow(tx, {}, member.stage), ...(data === undefined ? {} : { data }) };
  const id = member.id ?? tx.context.newId(ID_PREFIX.resource);
  const there = { id, name, status, machine: 'RUNNING', createdAt: tx.now, isEvictable, stage } as const;
  return tx.put('resource', id, newResource(pool, { ...given, ...there }));
}

/** One member more of a pool whose members come and go by themselves, at the stage where they begin. */
export function addDynamicMember(tx: Transaction, pool: Pool): Resource {
  const name = nameOfMember(tx, pool.name, tx.context.newId(ID_PREFIX.resource));
  return addMember(tx, pool, { name, stage: pool.stages?.initial ?? FREE_STAGE, isEvictable: true });
}
