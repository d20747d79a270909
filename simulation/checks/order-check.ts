import type { QueueOrder } from '@poolkeeper/core';
import type { Report } from '../report.ts';
import { countOf, poolsOf, wishedOf } from './tales.ts';
import type { LeaseTale } from './tales.ts';

/**
 * Looks at each grant whether somebody who waits for just the same should have had it.
 *
 * Only requests of equal shape are compared: what others wait for may not fit, and a large request may be passed by requests
 * for other members. `isNew`: the lease did not wait; then it took what was on offer, which nobody may have waited for.
 */
export function checkOrder(
  input: { order: QueueOrder; granted: LeaseTale; isNew: boolean; live: readonly LeaseTale[] },
  report: Report,
): void {
  const { order, granted, isNew, live } = input;
  if (granted.shape === null) return;
  for (const other of live) {
    if (other === granted || other.status !== 'queued' || other.shape !== granted.shape) continue;
    if (comesFirst(order, other, input)) {
      const how = isNew ? 'came and was' : 'was';
      report(
        'order',
        `${granted.id} ${how} granted while ${other.id} waited for the same, which comes first by ${order}`,
      );
    }
  }
}

function comesFirst(
  order: QueueOrder,
  other: LeaseTale,
  { granted, isNew, live }: { granted: LeaseTale; isNew: boolean; live: readonly LeaseTale[] },
): boolean {
  const isEarlier = other.arrival < granted.arrival;
  switch (order) {
    case 'fifo':
      return isEarlier;
    case 'priority':
      return other.priority > granted.priority || (other.priority === granted.priority && isEarlier);
    case 'fair': {
      if (isNew) return true;
      const pool = granted.items[0]?.pool as string;
      if (countOf(granted) > 1 || gathers(live, other.holder, pool) || gathers(live, granted.holder, pool))
        return false;
      const shareOf = (holder: string): number =>
        live.reduce(
          (sum, tale) =>
            sum + (tale.holder === holder && tale.status === 'active' ? wishedOf(tale, pool) : 0),
          0,
        );
      const [mine, theirs] = [shareOf(granted.holder), shareOf(other.holder)];
      return theirs < mine || (theirs === mine && isEarlier);
    }
  }
}

/** Could the holder have something set aside in the pool? It counts as a share, and no event tells of it. */
function gathers(live: readonly LeaseTale[], holder: string, pool: string): boolean {
  return live.some(
    (tale) =>
      tale.holder === holder && tale.status === 'queued' && countOf(tale) > 1 && poolsOf(tale).includes(pool),
  );
}
