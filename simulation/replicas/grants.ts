import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange, Journal } from '../kill/journal.ts';
import { PULSE_CLIENT } from './pulse.ts';

const GRANT_WITHIN_MS = 60_000;
const POLL_MS = 5;

/** The first grant that was asked for after an instant and acknowledged. Errors: when there is none in time. */
export async function untilGranted(journal: Journal, after: number): Promise<Exchange> {
  const until = Date.now() + GRANT_WITHIN_MS;
  for (let looked = 0; ;) {
    for (; looked < journal.exchanges.length; looked += 1) {
      const exchange = journal.exchanges[looked];
      if (exchange !== undefined && isGrant(exchange) && exchange.sentAt >= after) return exchange;
    }
    if (Date.now() > until) throw new Error(`Nobody was granted anything for ${GRANT_WITHIN_MS} ms.`);
    await sleep(POLL_MS);
  }
}

/** The longest time without an acknowledged grant between two instants, in milliseconds. */
export function longestSilence(journal: Pick<Journal, 'exchanges'>, from: number, until: number): number {
  const grants = journal.exchanges
    .filter(isGrant)
    .map(({ receivedAt }) => receivedAt)
    .filter((at) => at > from && at < until);
  let longest = 0;
  let before = from;
  for (const at of [...grants.toSorted((a, b) => a - b), until]) {
    longest = Math.max(longest, at - before);
    before = at;
  }
  return longest;
}

function isGrant({ client, operation, answer }: Exchange): boolean {
  return client === PULSE_CLIENT && operation === 'acquire' && answer?.status === 'active';
}
