import type { EndedLease, LiveLease } from '@poolkeeper/core';
import type { Scene } from '../scene.ts';

type Watched = Pick<Scene, 'history' | 'mirror' | 'report'>;

/** A client was shown a lease: all of it has to be in the store by now, or to have been there. */
export function shownLease({ history, mirror, report }: Watched, lease: LiveLease): void {
  const tale = history.tale(lease.id);
  const wrong = (detail: string): void => report('shown-is-durable', `lease ${lease.id} was shown ${detail}`);
  if (tale === undefined) return wrong('and is not in the store');
  const written = mirror.documents.lease.get(lease.id);
  if (written === undefined ? tale.status !== 'ended' : written.version < lease.version) {
    return wrong(`at version ${lease.version}; in the store it is ${written?.version}`);
  }
  if (lease.status === 'queued') return;
  if (tale.status === 'queued') return wrong(`as ${lease.status}; in the store it is queued`);
  const shown = lease.members.map(({ resource, epoch }) => `${resource}@${epoch}`).join();
  const told = tale.resources.map(({ id, epoch }) => `${id}@${epoch}`).join();
  if (shown !== told) wrong(`with ${shown}; in the store it has ${told}`);
  if (lease.expiresAt > tale.expiresAt)
    wrong(`to last until ${lease.expiresAt}; in the store until ${tale.expiresAt}`);
}

/** A client was told that a lease is over, and how. */
export function shownEnded({ history, report }: Watched, id: string, ended: EndedLease): void {
  const tale = history.tale(id);
  if (tale?.status !== 'ended' || tale.endReason !== ended.endReason) {
    report(
      'shown-is-durable',
      `lease ${id} was shown as ended by ${ended.endReason}; in the store it is ${tale?.status} by ${tale?.endReason}`,
    );
  }
}
