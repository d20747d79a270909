import { fitsSelector } from '../filter/selector.ts';
import type { LeaseItem, LiveLease } from '../model/lease.ts';
import { deadlineOf } from '../model/lease.ts';
import type { Resource } from '../model/resource.ts';
import { isStanding, stageOf } from '../stage/stage-of.ts';
import type { World } from '../world/world.ts';

/** Why a member of a pool does not serve an item of a lease now. */
export const MEMBER_REASONS = [
  'set_aside_for_this_lease',
  'on_offer',
  'set_aside_for_another_lease',
  'leased',
  'other_label',
  'filter_refuses',
  'being_made',
  'being_cleaned',
  'stopped',
  'held_for_a_person',
  'quarantined',
  'leaving',
] as const;
export type MemberReason = (typeof MEMBER_REASONS)[number];

/** `until`: when it may come free at the latest, where that is known, in milliseconds UTC. */
export type MemberVerdict = {
  readonly reason: MemberReason;
  readonly detail: string | null;
  readonly until: number | null;
};

/** Says of one member why the item cannot have it now. What never fits comes before what is only busy. */
export function judgeMember(
  world: World,
  lease: LiveLease,
  item: LeaseItem,
  resource: Resource,
): MemberVerdict {
  const verdict = (
    reason: MemberReason,
    detail: string | null = null,
    until: number | null = null,
  ): MemberVerdict => ({
    reason,
    detail,
    until,
  });
  for (const [label, value] of Object.entries(item.match)) {
    if (resource.labels[label] === value) continue;
    const has = resource.labels[label];
    return verdict(
      'other_label',
      has === undefined ? `has no label ${label}` : `${label} is ${has}, not ${value}`,
    );
  }
  if (!fitsSelector(resource, item)) return verdict('filter_refuses', item.filter);
  if (resource.hold !== null) return verdict('held_for_a_person', resource.hold.reason);
  switch (resource.status) {
    case 'free':
      if (resource.leaseId === null) return verdict('on_offer');
      if (resource.leaseId === lease.id) return verdict('set_aside_for_this_lease');
      return verdict('set_aside_for_another_lease', resource.leaseId);
    case 'preparing':
    case 'leased': {
      const holder = resource.leaseId === null ? undefined : world.leases.get(resource.leaseId);
      const until = holder === undefined || holder.status === 'queued' ? null : deadlineOf(holder);
      return verdict('leased', resource.leaseId, until);
    }
    case 'requested':
    case 'entering':
      return verdict('being_made', stepOf(world, resource) ?? jobTrouble(world, resource));
    case 'cleaning':
      if (isStanding(resource)) return verdict('being_cleaned', `stands at "${stageOf(resource)}"`);
      return verdict('being_cleaned', stepOf(world, resource), resource.restsUntil);
    case 'standby':
      return verdict('stopped');
    case 'quarantined':
      return verdict('quarantined');
    case 'exiting':
    case 'gone':
      return verdict('leaving', jobTrouble(world, resource));
  }
}

/** The step that its transition is at. */
function stepOf(world: World, resource: Resource): string | null {
  const run = world.runs.get(resource.run ?? '');
  const step = run?.steps[run.at];
  return step === undefined ? null : `at step ${step.name}`;
}

/** What went wrong with the outside work on a resource the last time, if it did. */
export function jobTrouble(world: World, resource: Resource): string | null {
  const id = world.jobOfResource.get(resource.id);
  return (id === undefined ? undefined : world.jobs.get(id))?.lastError ?? null;
}
