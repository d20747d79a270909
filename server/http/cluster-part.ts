import { Refusal } from '@poolkeeper/core';
import type { ClusterBody } from './schemas/cluster.ts';

/** How the cluster stands, as the API shows it; instants are milliseconds UTC. */
export type ClusterStatus = Omit<ClusterBody, 'halt'> & {
  readonly halt: (Omit<NonNullable<ClusterBody['halt']>, 'at'> & { readonly at: number }) | null;
};

/** What a server knows of the replicas that it is one of, or that it is alone. */
export type ClusterPart = {
  /** Answers also while the database does not. */
  status(): Promise<ClusterStatus>;
  /** Hands the world over, and resolves when another keeps it. Errors: `not_the_keeper`, `no_other_replica`, `no_keeper`. */
  stepDown(): Promise<void>;
  /** Takes a halt back. Errors: `not_halted`; those of the store. */
  resume(): Promise<void>;
  /** Does this server decide now? Else `whyNotReady` says whether it can serve. */
  isKeeping(): boolean;
  /** Why it cannot pass requests on to whoever decides; undefined: it can. */
  whyNotReady(): Refusal | undefined;
  /** The numbers that metrics show: of the last term and batch that it knows. */
  numbers(): { readonly term: number; readonly lagBatches: number };
};

/** What a server says that has its database to itself. */
export function createSingleServer(self: { readonly name: string; readonly version: string }): ClusterPart {
  return {
    status: async () => ({
      mode: 'single',
      self: { id: self.name, name: self.name, role: 'keeping' },
      keeper: { id: self.name, name: self.name, address: '', version: self.version },
      term: 0,
      remainingMs: 0,
      batch: 0,
      isDatabaseReached: true,
      halt: null,
      replicas: [],
    }),
    stepDown: async () => {
      throw new Refusal(
        'no_other_replica',
        'This server has its database to itself, so nobody could go on. Replicas share one that is given with --database.',
      );
    },
    resume: async () => {
      throw new Refusal('not_halted', 'This server has its database to itself: there is nothing to resume.');
    },
    isKeeping: () => true,
    whyNotReady: () => undefined,
    numbers: () => ({ term: 0, lagBatches: 0 }),
  };
}
