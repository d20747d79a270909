import type { World } from '@poolkeeper/core';
import type { Scene } from '../scene.ts';
import { canServe, fitsItem } from './fits.ts';

/** How late the keeper may notice that its clock was set forward, in milliseconds. */
const CLOCK_NOTICE_MS = 6_000;

type Watched = Pick<Scene, 'clock' | 'history' | 'mirror' | 'report' | 'time'>;

/** What has to be true of memory and store whenever the keeper runs and nothing is on its way; looked at when either changed. */
export function checkAtRest(scene: Watched, world: World): void {
  scene.mirror.compareMemory(world);
  checkNobodyWaitsForFree(scene);
}

/** Looks at documents alone: free ones that nobody has set aside, and waiting leases that could have them. */
function checkNobodyWaitsForFree({ mirror, report }: Watched): void {
  const { lease: leases, resource: resources } = mirror.documents;
  const free = [...resources.values()].filter(({ status, hold }) => status === 'free' && hold === null);
  for (const lease of leases.values()) {
    if (lease.status !== 'queued') continue;
    const within = free.filter(({ leaseId }) => leaseId === null || leaseId === lease.id);
    if (canServe(lease.items, within)) {
      report('lost-waiter', `${lease.id} waits, and ${within.map(({ id }) => id).join()} are free for it`);
    }
    const [item] = lease.items;
    const wanted = within.find(
      (resource) => resource.leaseId === null && item !== undefined && fitsItem(resource, item),
    );
    if (lease.items.length === 1 && wanted !== undefined) {
      report('lost-waiter', `${lease.id} waits for what ${wanted.id} is, which is free for anybody`);
    }
  }
}

/**
 * What has to be true at rest whatever time it is, which is `now` as the keeper counts it: nothing outlives its time, by what its events
 * said, and by the heartbeat that is written.
 */
export function checkDeadlines({ clock, history, mirror, report, time }: Watched, now: number): void {
  if (time.now() - clock.forwardAt < CLOCK_NOTICE_MS) return;
  for (const tale of history.live) {
    if (tale.status !== 'active') continue;
    const lease = mirror.documents.lease.get(tale.id);
    const heartbeatBy = lease === undefined || lease.status === 'queued' ? null : lease.heartbeatBy;
    const deadline = Math.min(tale.expiresAt, heartbeatBy ?? Infinity);
    if (deadline < now)
      report(
        'expiry',
        `${tale.id} was to end at ${deadline}; it is ${now} and it holds ${tale.resources.map(({ id }) => id).join()}`,
      );
  }
}
