import { Refusal } from '../errors.ts';
import type { TransitionSpec } from './transition.ts';

export const LEASE_STATUSES = ['queued', 'preparing', 'active', 'ending', 'ended'] as const;
export type LeaseStatus = (typeof LEASE_STATUSES)[number];
export const LEASE_EVENTS = ['grant', 'prepared', 'requeue', 'end', 'turnedOver'] as const;
export type LeaseEvent = (typeof LEASE_EVENTS)[number];

/** Every status × every event. A missing cell does not compile; `null` is a refusal. */
export const LEASE_TRANSITIONS: Record<LeaseStatus, Record<LeaseEvent, LeaseStatus | null>> = {
  queued: { grant: 'preparing', prepared: null, requeue: null, end: 'ended', turnedOver: null },
  preparing: { grant: null, prepared: 'active', requeue: 'queued', end: 'ending', turnedOver: null },
  active: { grant: null, prepared: null, requeue: null, end: 'ending', turnedOver: null },
  ending: { grant: null, prepared: null, requeue: null, end: null, turnedOver: 'ended' },
  ended: { grant: null, prepared: null, requeue: null, end: null, turnedOver: null },
};

/** Why a lease is over. `released`: by its holder. `ended_by_operator`: by somebody else with the right. */
export const LEASE_END_REASONS = [
  'released',
  'expired',
  'heartbeat_missed',
  'cancelled',
  'ended_by_operator',
  'pool_removed',
] as const;
export type LeaseEndReason = (typeof LEASE_END_REASONS)[number];

/** What of a resource a request asks for: equal labels, and a CEL expression over the resource. */
export type Selector = { readonly match: Readonly<Record<string, string>>; readonly filter: string | null };

/** `count` is wished, `minimum` is enough: 1 ≤ minimum ≤ count. */
export type LeaseItem = Selector & {
  readonly pool: string;
  readonly count: number;
  readonly minimum: number;
};

/** A free resource that is set aside for a queued lease. `fits` has a bit for each item of the lease that it satisfies. */
export type SetAside = { readonly resource: string; readonly item: number; readonly fits: number };

/** A resource that a lease holds, with the epoch that it was given at. */
export type LeaseMember = {
  readonly resource: string;
  readonly name: string;
  readonly pool: string;
  readonly kind: string;
  readonly epoch: number;
  readonly item: number;
};

type LeaseRequest = {
  readonly id: string;
  readonly holder: string;
  readonly items: readonly LeaseItem[];
  readonly durationMs: number;
  readonly heartbeatMs: number | null;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly note: string;
  /** What this lease adds to the transitions of its members; an operator's word. */
  readonly on?: { readonly allocate?: TransitionSpec; readonly release?: TransitionSpec };
  /** How many resources could not be prepared for it and were given back. */
  readonly failures?: number;
  readonly createdAt: number;
  /** The order of arrival in the world; unique. */
  readonly seq: number;
  readonly version: number;
};

export type QueuedLease = LeaseRequest & {
  readonly status: 'queued';
  readonly setAside: readonly SetAside[];
};

export type HeldLease = LeaseRequest & {
  readonly status: 'preparing' | 'active' | 'ending';
  readonly members: readonly LeaseMember[];
  readonly grantedAt: number;
  readonly expiresAt: number;
  readonly heartbeatBy: number | null;
  /** By how much its end was put off, because a person was asked first; left out where nobody was. */
  readonly putOffMs?: number;
  /** When it is to be warned of its end; not there where no pool of it warns, or where it was warned. */
  readonly warnAt?: number;
};

export type EndedLease = LeaseRequest & {
  readonly status: 'ended';
  readonly members: readonly LeaseMember[];
  readonly grantedAt: number | null;
  readonly expiresAt: number | null;
  readonly endedAt: number;
  readonly endReason: LeaseEndReason;
};

/** What is in memory; an ended lease lives in the store alone. Instants are milliseconds UTC. */
export type LiveLease = QueuedLease | HeldLease;
export type Lease = LiveLease | EndedLease;

/** The next status, or a refusal that names both. */
export function nextLeaseStatus(lease: Lease, event: LeaseEvent): LeaseStatus {
  const next = LEASE_TRANSITIONS[lease.status][event];
  if (next === null) {
    throw new Refusal('lease_not_active', `Lease ${lease.id} is ${lease.status}, so "${event}" is refused.`);
  }
  return next;
}

/** When a held lease ends by itself: its expiry, or the heartbeat that it owes. */
export function deadlineOf(lease: HeldLease): number {
  return lease.heartbeatBy === null ? lease.expiresAt : Math.min(lease.expiresAt, lease.heartbeatBy);
}
