import type { Json, JsonObject } from '../json.ts';
import type { ProbeSpec } from './health.ts';
import type { LeakPolicy } from './leak.ts';
import type { StageSpec } from './stage.ts';
import type { Transitions } from './transition.ts';

export const QUEUE_ORDERS = ['fifo', 'priority', 'fair'] as const;
export type QueueOrder = (typeof QUEUE_ORDERS)[number];
export const RECYCLES = ['clean', 'replace'] as const;
export type Recycle = (typeof RECYCLES)[number];
export const VICTIM_POLICIES = ['newest', 'oldest'] as const;
export type VictimPolicy = (typeof VICTIM_POLICIES)[number];

/** How many resources a pool keeps: a fixed number, or a buffer of free ones between two bounds. */
export type SizePolicy =
  | { readonly desired: number }
  | { readonly min: number; readonly max: number; readonly buffer: number };

/**
 * How many members of an older template are replaced at once: a number, or a share of the size such as `25%`, at least one.
 * 0 leaves those that nobody holds as they are; what is leased is replaced at its return all the same.
 */
export type Rollout = { readonly atOnce: number | string };

/**
 * How a pool is kept in rounds: now and then the list of its members is fetched, and now and then, or when its size is set, an update
 * makes it fit. Durations are milliseconds.
 */
export type RoundsSpec = {
  readonly fetchMs: number;
  /** Further attempts at one fetch; the wait before the first of them doubles with each. */
  readonly retries: number;
  readonly backoffMs: number;
  /** A list of this age is not served any more: the place counts as unreachable. */
  readonly reachableMs: number;
  readonly updateMs: number;
};

/** A share of a size that goes to another pool. */
export type SplitShare = { readonly pool: string; readonly weight: number };

/** Bounds of one pool; an absent member is no bound. Resources and leases of waiting requests count as if granted. */
export type PoolQuota = {
  /** Resources that one holder may have or wait for. */
  readonly perHolder?: number;
  readonly leasesPerHolder?: number;
  /** Waiting leases of one holder, and of everybody. */
  readonly queuedPerHolder?: number;
  readonly queued?: number;
};

/** What an operator says about a pool. Durations are milliseconds. */
export type PoolSpec = {
  readonly name: string;
  /** The pool that it hangs under; null: under `default`. */
  readonly parent: string | null;
  readonly kind: string;
  readonly provider: string;
  /** Null where members are registered by hand. */
  readonly size: SizePolicy | null;
  /** What the provider makes a member from; its `labels` and `params` become the resource's. */
  readonly template: JsonObject | null;
  readonly lease: {
    readonly defaultMs: number;
    readonly maxMs: number;
    readonly queue: QueueOrder;
    /** How long before its end a lease is warned of; left out: not at all. */
    readonly warnMs?: number;
  };
  readonly quota: PoolQuota;
  readonly recycle: Recycle;
  /** What happens to a resource when it moves. */
  readonly on: Transitions;
  /** How long a resource rests after it was cleaned, before it is free. */
  readonly cooldownMs: number;
  /** After how many leases, and at what age, a resource is retired when it comes back; null: never. */
  readonly maxUses: number | null;
  readonly maxAgeMs: number | null;
  /** What is asked of every free and leased member, and what follows. */
  readonly health: readonly ProbeSpec[];
  /** What is done about things outside that bear the pool's name and belong to nobody. */
  readonly leaks: LeakPolicy;
  /** What a member costs and who pays, as the ledger shows it beside each. */
  readonly cost: Readonly<Record<string, string | number>>;
  readonly victims: VictimPolicy;
  readonly rollout: Rollout;
  readonly labels: Readonly<Record<string, string>>;
  /** Left out: the pool follows its size at once, as everything that is decided. */
  readonly rounds?: RoundsSpec;
  /** Pools that its size is divided over, in the order in which they get their shares; such a pool has no members of its own. */
  readonly split?: readonly SplitShare[];
  /** Left out: members are lent natively alone. */
  readonly stages?: StageSpec;
};

export type EarlierTemplate = { readonly revision: number; readonly digest: string };

export type Pool = PoolSpec & {
  /** `removing`: takes no request, gives up its members as they come back, then goes. */
  readonly status: 'open' | 'removing';
  readonly version: number;
  /** Of the template: a new one has the next number, one that is put back has the number that it had. */
  readonly templateRevision: number;
  /** Templates that the pool had before, the last one last, so that one that is put back is known. */
  readonly earlierTemplates?: readonly EarlierTemplate[];
  /** Was it said anew how its size is divided, and nobody has his share yet? */
  readonly isToDivide?: true;
  readonly createdAt: number;
};

/** Labels and parameters that a template gives to what is made from it. */
export function templateTraits(template: JsonObject | null): {
  labels: Readonly<Record<string, string>>;
  params: JsonObject;
} {
  return {
    labels: (template?.['labels'] ?? {}) as Readonly<Record<string, string>>,
    params: (template?.['params'] ?? {}) as Json & object as JsonObject,
  };
}
