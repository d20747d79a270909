import { offerResource, advanceLease } from './lease/schedule.ts';
import { nextResourceStatus } from './model/resource.ts';
import { resizePool } from './pool/resize-pool.ts';
import { holdUnhealthy } from './resource/follow-health.ts';
import { dropJob, isBeingMade } from './job/start-job.ts';
import { replaceMember } from './lease/replace-member.ts';
import type { Resource } from './model/resource.ts';
import { FREE_STAGE } from './model/stage.ts';
import { changeResource } from './resource/change-resource.ts';
import { admitResource } from './resource/end-transition.ts';
import { beginTransition } from './resource/transition.ts';
import { succeedMember } from './stage/succeed-member.ts';
import { emitStaged, stageNow } from './stage/stand-at.ts';
import type { Transaction } from './world/transaction.ts';

/** Resources that one decision may ask for or give up over all pools; what is left is decided next. */
const RESIZE_BATCH_MAX = 500;

/**
 * Brings the world to rest after a command: what came free is offered one by one, leases that lost something gather again,
 * and pools that changed are brought towards their size.
 *
 * Bounds: sizing stops after a batch; `unsettledPools` keeps what is left, and the keeper ticks again. It does not begin where
 * the decision leaves it to a later one.
 */
export function settle(tx: Transaction): void {
  settleQueues(tx);
  if (tx.context.isSizingDeferred === true) return;
  let budget = RESIZE_BATCH_MAX;
  for (const name of tx.world.unsettledPools) {
    if (budget <= 0) break;
    tx.world.unsettledPools.delete(name);
    budget -= resizePool(tx, name, budget);
    settleQueues(tx);
  }
}

/** What is offered and advanced grows while it is gone through. Taking from the front of a long array would move all of it. */
function settleQueues(tx: Transaction): void {
  const { toOffer, toAdvance, toReplace, toSucceed } = tx;
  let [offered, advanced, replaced, succeeded] = [0, 0, 0, 0];
  for (;;) {
    if (offered < toOffer.length) {
      putOnOffer(tx, toOffer[offered++] as string);
    } else if (advanced < toAdvance.length) {
      const lease = tx.world.leases.get(toAdvance[advanced++] as string);
      if (lease?.status === 'queued') advanceLease(tx, lease);
    } else if (replaced < toReplace.length) {
      replaceMember(tx, toReplace[replaced++] as string);
    } else if (succeeded < toSucceed.length) {
      succeedMember(tx, toSucceed[succeeded++] as Resource);
    } else break;
  }
  toOffer.length = 0;
  toAdvance.length = 0;
  toReplace.length = 0;
  toSucceed.length = 0;
}

/** Makes a resource that entered, was cleaned, or is no longer set aside free for anybody, and offers it. */
function putOnOffer(tx: Transaction, id: string): void {
  const resource = tx.world.resources.get(id);
  if (resource === undefined) return;
  if (resource.status === 'entering') {
    // On its way in already, or stopped there.
    if (resource.run !== null || resource.hold !== null) return;
    // What was seen to be ready needs no answer from a repeated job any more.
    if (isBeingMade(tx, resource)) dropJob(tx, resource);
    if (beginTransition(tx, resource, { transition: 'enter' }))
      admitResource(tx, tx.world.resources.get(id) as Resource);
    return;
  }
  if (resource.status === 'cleaning') {
    const status = nextResourceStatus(resource, 'cleaned');
    changeResource(tx, resource, { status, leaseId: null, ...freeStageOf(tx, resource) });
    tx.emit('resource.freed', { resource: id, pool: resource.pool }, { epoch: resource.epoch });
    noteFree(tx, resource);
  } else if (resource.status === 'free' && resource.leaseId !== null) {
    // Set aside again since it was put on the list: an earlier offer brought its new owner on.
    if (isSetAsideFor(tx, resource.leaseId, id)) return;
    changeResource(tx, resource, { leaseId: null });
  }
  if (holdUnhealthy(tx, tx.world.resources.get(id) as Resource)) return;
  offerResource(tx, id);
}

/** What is free stands there, where it is handed over by stage. */
function freeStageOf(tx: Transaction, { stage }: Resource): Pick<Resource, 'stage'> {
  return stage === undefined ? {} : { stage: stageNow(tx, { stage }, FREE_STAGE) };
}

function noteFree(tx: Transaction, { id, stage }: Resource): void {
  if (stage !== undefined && stage.name !== FREE_STAGE)
    emitStaged(tx, tx.world.resources.get(id) as Resource);
}

function isSetAsideFor(tx: Transaction, leaseId: string, resource: string): boolean {
  const lease = tx.world.leases.get(leaseId);
  return lease?.status === 'queued' && lease.setAside.some((member) => member.resource === resource);
}
