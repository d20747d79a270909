import { Refusal } from '@poolkeeper/core';
import type { EndedLease, LiveLease, Token } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import { maySeeLease } from '../../access.ts';
import type { LeaseBody } from '../../schemas/lease.ts';
import { viewEndedLease, viewLease } from '../../views/lease.ts';

type Found = { readonly lease: LiveLease | EndedLease; readonly body: LeaseBody };

/** A live lease from memory, else an ended one from the store. */
async function findLease(keeper: Keeper, id: string, token: Token): Promise<Found | undefined> {
  const live = await keeper.read((world) => {
    const lease = world.leases.get(id);
    return lease === undefined ? undefined : { lease, body: viewLease(world, lease, { token }) };
  });
  if (live !== undefined) return live;
  const lease = await keeper.findEndedLease(id);
  return lease === undefined ? undefined : { lease, body: viewEndedLease(lease, token) };
}

export async function findLeaseBody(
  keeper: Keeper,
  id: string,
  token: Token,
): Promise<LeaseBody | undefined> {
  return (await findLease(keeper, id, token))?.body;
}

/** A lease that the token may see. Errors: `lease_not_found`, for one that it may not see too. */
export async function requireLease(keeper: Keeper, id: string, token: Token): Promise<Found> {
  const found = await findLease(keeper, id, token);
  if (found === undefined || !maySeeLease(token, found.lease)) throw noLease(id);
  return found;
}

export function noLease(id: string): Refusal {
  return new Refusal(
    'lease_not_found',
    `There is no lease "${id}". See those that there are with GET /v1/leases.`,
  );
}
