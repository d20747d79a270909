import { Refusal } from '@poolkeeper/core';
import type { World } from '@poolkeeper/core';
import type { OpenCredential } from '../../server/providers/contract.ts';
import { PLAIN_CREDENTIALS } from './plain-credentials.ts';

export type ShownCredential = { readonly name: string; readonly values: OpenCredential };

/** Who asks for the credentials of which lease, and when. */
export type ShowCredentials = (
  world: World,
  asked: { readonly lease: string; readonly holder: string; readonly now: number },
) => readonly ShownCredential[];

export const showCredentials: ShowCredentials = (world, { lease: id, holder, now }) => {
  const lease = world.leases.get(id);
  if (lease?.status !== 'active' || lease.holder !== holder || now >= lease.expiresAt)
    throw new Refusal('lease_not_found', `There is no live lease "${id}".`);
  return lease.members.flatMap(({ resource, name }) => {
    const kept = world.credentials.get(resource)?.current;
    return kept ? [{ name, values: PLAIN_CREDENTIALS.open(resource, 'current', kept.sealed) }] : [];
  });
};
