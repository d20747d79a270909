import type { LeaseOperations } from '../operations/leases.ts';
import type { System } from '../system.ts';

/** What taking, keeping and giving back a lease needs. */
export type LeaseParts = {
  readonly url: string;
  readonly system: System;
  readonly leases: LeaseOperations;
};
