import type { RequestedItem, RequestLease, TokenQuota } from '@poolkeeper/core';
import type { Chance } from './chance.ts';
import { KEY_NOTE } from './checks/history.ts';
import { LABELS } from './plan.ts';
import type { Plan } from './plan.ts';

/** Filters that requests use; what they select is known to the checker in its own words (`checks/fits.ts`). */
const FILTERS = ['labels.arch == "arm"', 'labels.arch == "x86"'] as const;

/** A request of a holder. `key` is its idempotency key, where it is to have one; the note says it to the checker too. */
export function drawRequest(
  chance: Chance,
  plan: Plan,
  input: { holder: string; quota: TokenQuota; key: string },
): RequestLease {
  const { holder, quota, key } = input;
  const isGang = chance.is(plan.gang);
  const isKeyed = chance.is(plan.keyed);
  const durationMs = chance.is(0.05) ? 100_000 : chance.pick([undefined, 2_000, 10_000, 30_000]);
  return {
    type: 'requestLease',
    holder,
    items: Array.from({ length: isGang ? chance.int(2, 3) : 1 }, () => drawItem(chance, plan)),
    priority: chance.pick([0, 0, 1, 2]),
    grant: { pools: null, quota },
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(chance.is(0.1) ? { on: drawAdded(chance) } : {}),
    ...(chance.is(plan.beating) ? { heartbeatMs: chance.pick([1_500, 8_000]) } : {}),
    ...(isKeyed ? { note: `${KEY_NOTE}${key}`, idempotency: { key, fingerprint: key } } : {}),
  };
}

/** What a holder adds to what the pools do. */
function drawAdded(chance: Chance): NonNullable<RequestLease['on']> {
  return {
    ...(chance.is(0.6) ? { allocate: { workflow: 'boot', addParams: { by: 'a holder' } } } : {}),
    ...(chance.is(0.6) ? { release: { workflow: chance.pick(['ask', 'again']) } } : {}),
  };
}

function drawItem(chance: Chance, plan: Plan): RequestedItem {
  const count = chance.pick([1, 1, 1, 1, 2, 3]);
  const matches = [{}, {}, {}, { arch: 'arm' }, { arch: 'x86' }, chance.pick(LABELS)];
  return {
    pool: chance.pick(plan.lendable),
    count,
    minimum: chance.is(0.75) ? count : chance.int(1, count),
    match: chance.pick(matches),
    filter: chance.is(0.15) ? chance.pick(FILTERS) : null,
  };
}
