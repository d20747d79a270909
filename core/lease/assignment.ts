import type { QueuedLease, SetAside } from '../model/lease.ts';
import { setAsideCounts } from './frontier.ts';

/**
 * Sets a further member aside for the lease, moving members between its items where that makes room
 * ("any board" gives its arm64 board to "an arm64 board" and takes the new one).
 *
 * Shape: an augmenting path over the items, which are few; answers the new list, or undefined when the member is of no use.
 */
export function assignMember(
  lease: QueuedLease,
  input: { resource: string; fits: number },
): readonly SetAside[] | undefined {
  const counts = setAsideCounts(lease);
  const hasRoom = (item: number) => (counts[item] as number) < (lease.items[item]?.minimum ?? 0);
  const cameFrom = new Map<number, { item: number; moved: SetAside } | null>();
  const ahead: number[] = [];
  lease.items.forEach((_, item) => {
    if ((input.fits & (1 << item)) === 0) return;
    cameFrom.set(item, null);
    ahead.push(item);
  });
  for (const item of ahead) {
    if (hasRoom(item)) return shift(lease.setAside, cameFrom, { ...input, item });
    for (const member of lease.setAside) {
      if (member.item !== item) continue;
      lease.items.forEach((_, other) => {
        if ((member.fits & (1 << other)) === 0 || cameFrom.has(other)) return;
        cameFrom.set(other, { item, moved: member });
        ahead.push(other);
      });
    }
  }
  return undefined;
}

/** Walks the path back: each member on it moves one item on, and the new one takes the place at its start. */
function shift(
  setAside: readonly SetAside[],
  cameFrom: ReadonlyMap<number, { item: number; moved: SetAside } | null>,
  added: { resource: string; fits: number; item: number },
): readonly SetAside[] {
  let result = setAside;
  let item = added.item;
  for (let step = cameFrom.get(item); step !== null && step !== undefined; step = cameFrom.get(item)) {
    const { moved } = step;
    const target = item;
    result = result.map((member) => (member === moved ? { ...member, item: target } : member));
    item = step.item;
  }
  return [...result, { resource: added.resource, item, fits: added.fits }];
}
