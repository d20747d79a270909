import { deadlineOf, Refusal } from '@poolkeeper/core';
import type { LeaseMember, LiveLease, World } from '@poolkeeper/core';
import type { CredentialSeal, OpenCredential } from './seal/credential-seal.ts';

/** What the holder of a lease uses one of its members with, in the clear. */
export type MemberCredentials = {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly epoch: number;
  readonly values: OpenCredential;
};

/**
 * Opens what the holder of a lease is shown at this instant: the current credential of each member that has one, and of none the
 * management's.
 *
 * Shape: null while the lease is not active, and from its deadline on by the clock, whether a decision has ended it yet or not. A
 * member that is not the lease's at this epoch is left out. Units: `now` is milliseconds UTC, the clock's and not the world's.
 * Errors: `credentials_locked` where the server has not the key.
 */
export function openLeaseCredentials(
  world: World,
  lease: LiveLease,
  { seal, now }: { seal: Pick<CredentialSeal, 'open'>; now: number },
): readonly MemberCredentials[] | null {
  if (lease.status !== 'active' || now >= deadlineOf(lease)) return null;
  return lease.members.flatMap((member) => openMember(world, { lease: lease.id, member, seal }));
}

function openMember(
  world: World,
  { lease, member, seal }: { lease: string; member: LeaseMember; seal: Pick<CredentialSeal, 'open'> },
): MemberCredentials[] {
  const { resource: id, name, pool, epoch } = member;
  const resource = world.resources.get(id);
  const current = world.credentials.get(id)?.current ?? null;
  const isHeld = resource?.status === 'leased' && resource.leaseId === lease && resource.epoch === epoch;
  if (!isHeld || current === null) return [];
  try {
    return [{ id, name, pool, epoch, values: seal.open(id, 'current', current.sealed) }];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'the reason is not known';
    throw new Refusal(
      'credentials_locked',
      `The credentials of ${name} cannot be opened: ${why}. Tell whoever looks after the server; or they set them anew with ` +
        `"poolkeeper resource set-credentials ${id}".`,
      { cause },
    );
  }
}
