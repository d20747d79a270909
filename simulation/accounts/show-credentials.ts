import { Refusal } from '@poolkeeper/core';
import type { World } from '@poolkeeper/core';
import { openLeaseCredentials } from '../../server/lease-credentials.ts';
import type { MemberCredentials } from '../../server/lease-credentials.ts';
import { PLAIN_CREDENTIALS } from './plain-credentials.ts';

/** Who asks for the credentials of which lease, and when. */
export type ShowCredentials = (
  world: World,
  asked: { readonly lease: string; readonly holder: string; readonly now: number },
) => readonly MemberCredentials[];

/** As the route answers: to the holder alone, by the clock. Errors: `lease_not_found`, `lease_not_active`. */
export const showCredentials: ShowCredentials = (world, { lease: id, holder, now }) => {
  const lease = world.leases.get(id);
  if (lease === undefined || lease.holder !== holder)
    throw new Refusal('lease_not_found', `There is no live lease "${id}".`);
  const shown = openLeaseCredentials(world, lease, { seal: PLAIN_CREDENTIALS, now });
  if (shown === null) throw new Refusal('lease_not_active', `Lease ${id} shows no credentials.`);
  return shown;
};
