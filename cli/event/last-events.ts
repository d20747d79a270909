import type { Event, EventsQuery, Poolkeeper } from '@poolkeeper/client';

/** What narrows events down; what is left out does not. */
export type EventFilters = Pick<EventsQuery, 'pool' | 'resource' | 'lease' | 'holder' | 'type'>;

/** How far back the first look goes, in events for each that is wanted; each look after it goes four times as far. */
const REACH = 4;
const REACH_GROWTH = 4;

/**
 * The last events that fit, oldest first. The API tells events forwards alone, so their end is found by halving, which takes
 * some fifty small requests where there are billions; then by looking back further and further.
 */
export async function lastEvents(
  client: Poolkeeper,
  filters: EventFilters,
  wanted: number,
): Promise<readonly Event[]> {
  const last = await findLast(client, filters);
  if (last === undefined) return [];
  for (let reach = wanted * REACH; ; reach *= REACH_GROWTH) {
    const after = Math.max(0, last - reach);
    const events: Event[] = [];
    for await (const event of client.events({ ...filters, after, follow: false })) {
      events.push(event);
      if (events.length > wanted) events.shift();
      if (event.seq >= last) break;
    }
    if (events.length >= wanted || after === 0) return events;
  }
}

/** The number of the last event that fits; undefined where none does. */
async function findLast(client: Poolkeeper, filters: EventFilters): Promise<number | undefined> {
  const first = await findAfter(client, filters, 0);
  if (first === undefined) return undefined;
  /** An event that there is, and a number behind which there is none. */
  let low = first;
  let high = first;
  for (let step = 1; ; step *= 2) {
    const next = await findAfter(client, filters, low + step);
    if (next === undefined) {
      high = low + step;
      break;
    }
    low = next;
  }
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const next = await findAfter(client, filters, middle);
    if (next === undefined) high = middle;
    else low = next;
  }
  return low;
}

/** The number of the first event behind this one that fits. A page may be empty and not the last. */
async function findAfter(
  client: Poolkeeper,
  filters: EventFilters,
  after: number,
): Promise<number | undefined> {
  let cursor: string | undefined;
  for (;;) {
    const { items, next } = await client.events.page({ ...filters, after, limit: 1, cursor });
    const [found] = items;
    if (found !== undefined) return found.seq;
    if (next === null) return undefined;
    cursor = next;
  }
}
