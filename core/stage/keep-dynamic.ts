import type { Resource } from '../model/resource.ts';
import { TOMBSTONE_STAGE, UNWANTED_STAGE } from '../model/stage.ts';
import type { DynamicSpec, Stage } from '../model/stage.ts';
import { changeResource } from '../resource/change-resource.ts';
import type { PoolState } from '../world/pool-state.ts';
import { compareText } from '../world/sorted-list.ts';
import type { StagedMembers } from '../world/staged-members.ts';
import type { Transaction } from '../world/transaction.ts';
import { addDynamicMember } from './add-member.ts';
import { letGo } from './let-go.ts';

/**
 * Brings a pool whose members come and go by themselves a step towards the number that it has: what stands unwanted goes, members are made
 * up to the least, and of more than the most those go that nobody has, the highest name first. What somebody has is never taken.
 *
 * Shape: about `budget` members; a pool that is not there yet stays unsettled.
 * Source: invariants S7 and S8 in docs/spec/stages.md; Boskos's life cycle of dynamic resources.
 */
export function keepDynamic(
  tx: Transaction,
  { state, staged, dynamic }: { state: PoolState; staged: StagedMembers; dynamic: DynamicSpec },
  budget: number,
): number {
  let done = 0;
  for (const stage of [TOMBSTONE_STAGE, UNWANTED_STAGE]) {
    const going = [...Iterator.from(staged.acquirable(stage) ?? []).take(Math.max(0, budget - done))];
    for (const resource of going) done += letGo(tx, resource, `it stood at ${stage}`);
  }
  const { missing, surplus } = planDynamic(state.members.size - state.counts.exiting, dynamic);
  for (let made = 0; made < missing && done < budget; made += 1, done += 1) addDynamicMember(tx, state.pool);
  for (const resource of highestNames(staged, Math.min(surplus, budget - done)))
    done += letGo(tx, resource, 'there are more than the most of its pool');
  if (done >= budget) tx.world.unsettledPools.add(state.pool.name);
  else tx.world.unsettledPools.delete(state.pool.name);
  return done;
}

/** How many members are missing, and how many there are too many. */
export function planDynamic(
  count: number,
  { min, max }: Pick<DynamicSpec, 'min' | 'max'>,
): { readonly missing: number; readonly surplus: number } {
  return { missing: Math.max(0, min - count), surplus: Math.max(0, count - max) };
}

function highestNames(staged: StagedMembers, count: number): Resource[] {
  if (count <= 0) return [];
  return [...staged.allAcquirable()].toSorted((a, b) => compareText(b.name, a.name)).slice(0, count);
}

/** A member that nobody has has lived long enough: it goes, where its pool still says that they do. */
export function endLife(tx: Transaction, resource: Resource): void {
  if (tx.requirePool(resource.pool).pool.stages?.dynamic !== undefined) {
    letGo(tx, resource, 'it has lived as long as its pool says');
    return;
  }
  changeResource(tx, resource, { stage: { ...(resource.stage as Stage), expiresAt: null } });
}
