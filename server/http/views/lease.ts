import { formatDuration, positionOf } from '@poolkeeper/core';
import type { EndedLease, LeaseMember, LiveLease, Token, World } from '@poolkeeper/core';
import { isOverseer } from '../access.ts';
import { instantText, maybeInstantText } from '../instant.ts';
import type { LeaseBody } from '../schemas/lease.ts';

type LeasedResource = LeaseBody['resources'][number];

const NOTHING = Object.freeze({});
const NONE: readonly string[] = Object.freeze([]);

/** A live lease as the API shows it to a token. `place` is given where many leases are shown at once. */
export function viewLease(
  world: World,
  lease: LiveLease,
  { token, place }: { readonly token: Token; readonly place?: (lease: LiveLease) => number | null },
): LeaseBody {
  const isHeld = lease.status !== 'queued';
  return {
    id: lease.id,
    status: lease.status,
    endReason: null,
    holder: lease.holder,
    items: lease.items,
    resources: isHeld ? lease.members.map((member) => viewMember(world, member)) : [],
    createdAt: instantText(lease.createdAt),
    grantedAt: isHeld ? instantText(lease.grantedAt) : null,
    expiresAt: isHeld ? instantText(lease.expiresAt) : null,
    heartbeatBy: isHeld ? maybeInstantText(lease.heartbeatBy) : null,
    endedAt: null,
    position: isHeld ? null : place === undefined ? positionOf(world, lease) : place(lease),
    duration: formatDuration(lease.durationMs),
    heartbeat: lease.heartbeatMs === null ? null : formatDuration(lease.heartbeatMs),
    priority: lease.priority,
    labels: lease.labels,
    note: lease.note,
    on: viewAdded(lease, token),
    version: lease.version,
  };
}

/** Parameters may tell of what a holder has no business with. */
function viewAdded({ on }: LiveLease | EndedLease, token: Token): LeaseBody['on'] {
  return on === undefined || !isOverseer(token) ? null : on;
}

function viewMember(world: World, member: LeaseMember): LeasedResource {
  const resource = world.resources.get(member.resource);
  return {
    id: member.resource,
    name: member.name,
    pool: member.pool,
    kind: member.kind,
    epoch: member.epoch,
    addresses: resource?.addresses ?? NONE,
    endpoints: resource?.endpoints ?? NOTHING,
    labels: resource?.labels ?? NOTHING,
    params: resource?.params ?? NOTHING,
  };
}

/** A lease that is over: it says what it held, and no longer how to reach it, for somebody else may have it. */
export function viewEndedLease(lease: EndedLease, token: Token): LeaseBody {
  return {
    id: lease.id,
    status: 'ended',
    endReason: lease.endReason,
    holder: lease.holder,
    items: lease.items,
    resources: lease.members.map(({ resource: id, name, pool, kind, epoch }) => ({
      id,
      name,
      pool,
      kind,
      epoch,
      addresses: NONE,
      endpoints: NOTHING,
      labels: NOTHING,
      params: NOTHING,
    })),
    createdAt: instantText(lease.createdAt),
    grantedAt: maybeInstantText(lease.grantedAt),
    expiresAt: maybeInstantText(lease.expiresAt),
    heartbeatBy: null,
    endedAt: instantText(lease.endedAt),
    position: null,
    duration: formatDuration(lease.durationMs),
    heartbeat: lease.heartbeatMs === null ? null : formatDuration(lease.heartbeatMs),
    priority: lease.priority,
    labels: lease.labels,
    note: lease.note,
    on: viewAdded(lease, token),
    version: lease.version,
  };
}
