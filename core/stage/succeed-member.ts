import type { Resource, Successor } from '../model/resource.ts';
import { changeResource } from '../resource/change-resource.ts';
import { whoIsNamed } from '../resource/who-is-named.ts';
import type { Transaction } from '../world/transaction.ts';
import { addMember } from './add-member.ts';

/** Says where the name of a member is made anew once it is gone; undefined: nowhere. */
export function setSuccessor(tx: Transaction, resource: Resource, to: Successor | undefined): Resource {
  const { successor, ...rest } = resource;
  if (successor?.pool === to?.pool && successor?.stage === to?.stage) return resource;
  return changeResource(tx, rest, to === undefined ? {} : { successor: to });
}

/**
 * A member is gone whose name a configuration of stages has in another pool: it is made there.
 *
 * Shape: nothing where somebody has the name by now, or the pool takes no members any more.
 * Source: invariant S9 in docs/spec/stages.md.
 */
export function succeedMember(tx: Transaction, { name, successor }: Resource): void {
  const state = tx.world.pools.get(successor?.pool ?? '');
  if (successor === undefined || state === undefined) return;
  const isTaking = state.pool.status === 'open' && state.staged !== null;
  if (isTaking && whoIsNamed(tx.world, state, { name }) === undefined)
    addMember(tx, state.pool, { name, stage: successor.stage });
}
