import { startJob } from '../job/start-job.ts';
import { finishPreparing } from '../lease/prepare-member.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import type { Run } from '../model/run.ts';
import type { Transaction } from '../world/transaction.ts';
import { walkRun } from '../workflow/walk-run.ts';
import type { Walked } from '../workflow/walk-run.ts';
import { changeResource } from './change-resource.ts';
import { beginTransition, endRun } from './transition.ts';
import { whoIsNamed } from './who-is-named.ts';
import { finishCleaning, takeBack } from './turnover.ts';
import type { Leaver } from './turnover.ts';

/** Brings a run on, and its resource with it when the run is through. */
export function continueRun(tx: Transaction, run: Run): void {
  settleRun(tx, run, walkRun(tx, run));
}

/** What follows from how far a run came. */
export function settleRun(tx: Transaction, { id }: Run, walked: Walked): void {
  if (walked === 'through') finishTransition(tx, endRun(tx, id, 'passed'));
}

/** A move is through: the resource is where it was to go. */
function finishTransition(tx: Transaction, run: Run): void {
  const resource = tx.world.resources.get(run.resource) as Resource;
  switch (run.transition) {
    case 'enter':
      return admitResource(tx, resource);
    case 'allocate':
      // Its lease got another meanwhile: what was prepared for it comes back as from a holder.
      if (resource.leaseId === null) return takeBack(tx, resource.id, leaverOf(run));
      return finishPreparing(tx, resource.id);
    case 'release':
      return finishCleaning(tx, resource, run);
    case 'exit':
      return leavePool(tx, resource);
  }
}

function leaverOf({ lease, holder, source }: Run): Leaver {
  return { id: lease ?? '', holder: holder ?? '', labels: source.leaseLabels, note: source.leaseNote };
}

/** What entered is free, and on offer. */
export function admitResource(tx: Transaction, resource: Resource): void {
  changeResource(tx, resource, { status: nextResourceStatus(resource, 'entered'), leaseId: null });
  tx.emit('resource.entered', { resource: resource.id, pool: resource.pool }, { epoch: resource.epoch });
  tx.toOffer.push(resource.id);
}

/** What the pool does at an exit is done: on to the pool that it moves to, or to its end. */
export function leavePool(tx: Transaction, resource: Resource): void {
  const { destination } = resource;
  if (destination === null) return void startJob(tx, { kind: 'destroy' }, resource);
  const target = tx.world.pools.get(destination.pool);
  const isOpen = target?.pool.status === 'open' && whoIsNamed(tx.world, target, resource) === undefined;
  const arrived = changeResource(tx, resource, {
    status: nextResourceStatus(resource, 'arrived'),
    destination: null,
    // A pool that is no more, or that has one of this name by now, takes nothing: it goes back where it was.
    ...(isOpen ? { pool: destination.pool } : {}),
  });
  const { id, pool } = arrived;
  if (isOpen) tx.emit('resource.moved', { resource: id, pool }, { from: resource.pool });
  else tx.emit('resource.changed', { resource: id, pool }, { refusedBy: destination.pool });
  if (beginTransition(tx, arrived, { transition: 'enter', call: isOpen ? destination.enter : null }))
    admitResource(tx, tx.world.resources.get(id) as Resource);
}
