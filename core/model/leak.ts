import type { MachineState } from './resource.ts';

/**
 * A thing outside that bears our tag and belongs to no resource. One that was seen once alone is `suspected`: the look may have
 * begun before the thing went. Instants are milliseconds UTC.
 */
export type Leak = {
  /** Made of provider, tag and external id, so that the same thing is the same leak. */
  readonly id: string;
  readonly status: 'suspected' | 'leaked';
  readonly provider: string;
  /** The id of a resource that it bears: one that is over, or one that has another thing. */
  readonly resource: string;
  readonly externalId: string;
  /** The pool that its tag names; null where the provider keeps none. */
  readonly pool: string | null;
  readonly machine: MachineState;
  readonly addresses: readonly string[];
  readonly firstSeenAt: number;
  /** Not before this instant it was listed last; brought up to date now and then. */
  readonly lastSeenAt: number;
  readonly version: number;
};

/** What a pool does about leaks that bear its name. */
export const LEAK_POLICIES = ['report', 'destroy'] as const;
export type LeakPolicy = (typeof LEAK_POLICIES)[number];
