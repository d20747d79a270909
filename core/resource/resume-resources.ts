import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { startJob } from '../job/start-job.ts';
import { changeResource } from './change-resource.ts';
import { dropRun } from './transition.ts';
import { unsetAside } from './turnover.ts';

export type ResumeResources = { readonly type: 'resumeResources'; readonly provider: string };

/**
 * Asks a provider whose resources ended with the server to start them again, each by its own id.
 *
 * Shape: a free resource is off offer until it is up; a leased one stays its holder's. Answers how many were asked for.
 */
export function resumeResources(tx: Transaction, input: ResumeResources): { resumed: number } {
  let resumed = 0;
  for (const id of tx.world.resourcesOfProvider.get(input.provider) ?? []) {
    const resource = tx.world.resources.get(id) as Resource;
    if (tx.world.jobOfResource.has(id) || resource.hold !== null) continue;
    if (!['free', 'entering', 'preparing', 'leased'].includes(resource.status)) continue;
    startJob(tx, { kind: 'create' }, readyToStart(tx, resource));
    tx.emit('resource.resumed', { resource: id, pool: resource.pool }, { from: resource.status });
    resumed += 1;
  }
  return { resumed };
}

/** What was done to the machine of one that enters ended with it: that is done anew when it is up. A lease keeps what it has. */
function readyToStart(tx: Transaction, resource: Resource): Resource {
  if (resource.status === 'free') return startAgain(tx, resource);
  return resource.status === 'entering' ? dropRun(tx, resource) : resource;
}

/** Free → standby → entering: what was stopped is a spare until it is up. */
function startAgain(tx: Transaction, resource: Resource): Resource {
  const free = unsetAside(tx, resource);
  const stopped = { ...free, status: nextResourceStatus(free, 'stop') };
  return changeResource(tx, free, { status: nextResourceStatus(stopped, 'start') });
}
