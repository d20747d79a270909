import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../kill/api.ts';
import type { Rest, RestingResource } from '../kill/checks/check-rest.ts';
import { SIZES } from './configuration.ts';

const REST_WITHIN_MS = 40_000;
const POLL_MS = 50;
const MEMBERS = SIZES.reduce((sum, [, size]) => sum + size, 0);

/** Waits, within bounds, until no lease lives and every member is free; then looks. What is not so is for the checks to say. */
export async function lookAtRest(api: Api): Promise<Pick<Rest, 'leases' | 'resources'>> {
  const until = Date.now() + REST_WITHIN_MS;
  for (;;) {
    const leases = await api.list<{ id: string }>('/v1/leases');
    const resources = await api.list<RestingResource>('/v1/resources');
    const areFree = resources.length === MEMBERS && resources.every(({ status }) => status === 'free');
    if ((leases.length === 0 && areFree) || Date.now() > until)
      return { leases: leases.map(({ id }) => id), resources };
    await sleep(POLL_MS);
  }
}
