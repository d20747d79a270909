import { Refusal } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { ProbeVerdict } from './health.ts';
import type { Stage } from './stage.ts';
import type { TransitionSpec } from './transition.ts';
import type { ChainHead, OpenTurnover } from './turnover.ts';

export const RESOURCE_STATUSES = [
  'requested',
  'entering',
  'free',
  'preparing',
  'leased',
  'cleaning',
  'exiting',
  'gone',
  'standby',
  'quarantined',
] as const;
export type ResourceStatus = (typeof RESOURCE_STATUSES)[number];

export const RESOURCE_EVENTS = [
  'created',
  'entered',
  'allocate',
  'prepared',
  'release',
  'cleaned',
  'quarantine',
  'readmit',
  'retire',
  'leave',
  'arrived',
  'destroyed',
  'stop',
  'start',
  'kept',
  'taken',
] as const;
export type ResourceEvent = (typeof RESOURCE_EVENTS)[number];

/**
 * Every status × every event. A missing cell does not compile; `null` is a refusal.
 *
 * What is leased is never taken: only `release` leads out of `preparing` and `leased`.
 */
export const RESOURCE_TRANSITIONS: Record<ResourceStatus, Record<ResourceEvent, ResourceStatus | null>> = {
  requested: row({ created: 'entering', retire: 'exiting' }),
  entering: row({ entered: 'free', retire: 'exiting', quarantine: 'quarantined' }),
  free: row({
    allocate: 'preparing',
    retire: 'exiting',
    leave: 'exiting',
    quarantine: 'quarantined',
    stop: 'standby',
    taken: 'leased',
  }),
  preparing: row({ prepared: 'leased', release: 'cleaning' }),
  leased: row({ release: 'cleaning' }),
  cleaning: row({ cleaned: 'free', taken: 'leased', retire: 'exiting', quarantine: 'quarantined' }),
  exiting: row({ destroyed: 'gone', arrived: 'entering', quarantine: 'quarantined', kept: 'free' }),
  gone: row({}),
  standby: row({ start: 'entering', retire: 'exiting', quarantine: 'quarantined' }),
  quarantined: row({ readmit: 'cleaning', retire: 'exiting' }),
};

function row(
  moves: Partial<Record<ResourceEvent, ResourceStatus>>,
): Record<ResourceEvent, ResourceStatus | null> {
  const all = {} as Record<ResourceEvent, ResourceStatus | null>;
  for (const event of RESOURCE_EVENTS) all[event] = moves[event] ?? null;
  return all;
}

/** What the provider says about the machine behind a resource. Independent of the status. */
export const MACHINE_STATES = [
  'REQUESTED',
  'REJECTED',
  'PENDING',
  'RUNNING',
  'TERMINATING',
  'TERMINATED',
] as const;
export type MachineState = (typeof MACHINE_STATES)[number];
export const LIVENESSES = ['BOOTING', 'LIVE', 'UNHEALTHY', 'UNKNOWN'] as const;
export type Liveness = (typeof LIVENESSES)[number];

/** What exists, or is about to: asked for, being launched, or up. */
export const ALLOCATED_STATES: readonly MachineState[] = ['REQUESTED', 'PENDING', 'RUNNING'];

/** What clients say about the service on a machine, for load balancers and people. It changes nothing else. */
export const SERVICE_STATES = ['UNKNOWN', 'BOOTING', 'IN_SERVICE', 'UNHEALTHY', 'OUT_OF_SERVICE'] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

/** What a member counts for. `active`: towards the size of its pool. `evictable`: it may be taken away. */
export type Membership = { readonly active: boolean; readonly evictable: boolean };

/** What clients have said about a machine, as its place keeps it in tags; what is left out was never said. */
export type Marks = { readonly membership?: Membership; readonly serviceState?: ServiceState };

/** What a cloud tells of a machine beside its state. Instants are milliseconds UTC; null where the cloud does not tell. */
export type MachineDetails = {
  readonly launchedAt: number | null;
  readonly requestedAt: number | null;
  readonly publicAddresses: readonly string[];
  readonly privateAddresses: readonly string[];
  /** The cloud's name, such as `AWS-EC2`. */
  readonly cloud: string;
  readonly region: string;
  readonly size: string;
  /** The cloud's own description, of any depth. */
  readonly metadata?: JsonObject;
};

/** What a provider says about one thing that it made for us. */
export type Observation = {
  /** Our id of the resource, from the tag on the thing. */
  readonly resource: string;
  readonly externalId: string;
  readonly machine: MachineState;
  readonly liveness: Liveness;
  readonly addresses: readonly string[];
  readonly endpoints: Readonly<Record<string, string>>;
  /** The pool that the tag on the thing names, where the provider keeps that. */
  readonly pool?: string;
  /** What clients have said about it, where the provider keeps that. */
  readonly marks?: Marks;
  readonly details?: MachineDetails;
};

/** One thing in the list of a provider; `resource` is null for what bears the provider's mark and no tag of a resource. */
export type Listed = Omit<Observation, 'resource'> & { readonly resource: string | null };

/** A resource that is stopped for a person. The status stays; retry, skip or retire continues. */
export type Hold = {
  readonly reason: string;
  readonly since: number;
  /** The step that failed and the run that it is of; null where no step did. */
  readonly step: string | null;
  readonly run: string | null;
};

/** What happens to a leased resource when it comes back: to the pool as the pool says, out of it, or set aside as unsafe. */
export type Fate = 'recycle' | 'retire' | 'quarantine';

/** The pool that a resource moves to; `enter` is what the caller adds to that pool's own transition. */
export type Destination = { readonly pool: string; readonly enter: TransitionSpec | null };

/** One member of a pool. Immutable: a change is a new version of the document. Instants are milliseconds UTC. */
export type Resource = {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly kind: string;
  readonly provider: string;
  readonly status: ResourceStatus;
  readonly hold: Hold | null;
  /** Rises each time the resource changes hands; an old holder's number is refused everywhere. */
  readonly epoch: number;
  /** Rises with each change of the document; the HTTP entity tag. */
  readonly version: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly params: JsonObject;
  /** Named parameters beside its own, which win; the first profile that has one comes next. */
  readonly profiles: readonly string[];
  readonly addresses: readonly string[];
  readonly endpoints: Readonly<Record<string, string>>;
  /** The provider's own name of the thing; null until it said one. */
  readonly externalId: string | null;
  readonly machine: MachineState;
  readonly liveness: Liveness;
  /** Since when the provider calls it UNHEALTHY, or no longer running; null while it does not. */
  readonly unhealthySince: number | null;
  /** What the pool's probes say, beside what its provider does; left out where none has said anything. */
  readonly probes?: readonly ProbeVerdict[];
  /** When its provider first said that it exists; left out before. */
  readonly madeAt?: number;
  /** May the pool take it away when it shrinks? */
  readonly isEvictable: boolean;
  /** Left out: it counts towards the size of its pool. One that does not is replaced, and lent to nobody. */
  readonly isActive?: false;
  /** Left out: nobody said anything. */
  readonly serviceState?: ServiceState;
  /** When a client last said something about it; left out before. */
  readonly markedAt?: number;
  /** Left out where its provider tells nothing of the kind. */
  readonly details?: MachineDetails;
  readonly createdAt: number;
  /** Since when it has its present status. */
  readonly since: number;
  /** How many leases it has served. */
  readonly uses: number;
  /** The lease that holds it (preparing, leased), or for which it is set aside (free). */
  readonly leaseId: string | null;
  readonly fate: Fate;
  /** Which revision of the pool's template made it. */
  readonly templateRevision: number;
  /** The run of a transition that it is in, also while it is held; null where none is. */
  readonly run: string | null;
  /** From the end of a lease until it is free or gone; null where it has nothing to prove. */
  readonly turnover: OpenTurnover | null;
  /** Where the chain of its records stands; null before the first. */
  readonly chain: ChainHead | null;
  /** Where it goes once it has left its own pool; null while it leaves for nowhere else. */
  readonly destination: Destination | null;
  /** Until when it rests after it was cleaned; null where it does not. */
  readonly restsUntil: number | null;
  /** Left out where nobody said one: then the status says it. */
  readonly stage?: Stage;
  /** Where its name is made anew once it is gone, as a configuration of stages says; left out: nowhere. */
  readonly successor?: Successor;
};

/** A new member in place of one that goes: of which pool, and where it stands first. */
export type Successor = { readonly pool: string; readonly stage: string };

/** The next status, or a refusal that names both. */
export function nextResourceStatus(resource: Resource, event: ResourceEvent): ResourceStatus {
  const next = RESOURCE_TRANSITIONS[resource.status][event];
  if (next === null) {
    throw new Refusal(
      'resource_transition_refused',
      `Resource ${resource.name} is ${resource.status}, so "${event}" is refused. ${adviceFor(resource)}`,
    );
  }
  return next;
}

function adviceFor(resource: Resource): string {
  if (resource.leaseId !== null && resource.status !== 'free') return `End lease ${resource.leaseId} first.`;
  const possible = RESOURCE_EVENTS.filter((event) => RESOURCE_TRANSITIONS[resource.status][event] !== null);
  return possible.length === 0 ? 'Nothing is possible any more.' : `Possible now: ${possible.join(', ')}.`;
}
