import type { DocumentKind, Documents, WorldMeta } from '@poolkeeper/core';
import type { Store } from './contract.ts';

/** How long a replica may be silent before the others forget it, in milliseconds. */
export const REPLICA_FORGOTTEN_MS = 60_000;

/** A process that can keep the world, as the others see it. */
export type ReplicaCard = {
  /** Made anew at each start of a process. */
  readonly id: string;
  /** For people: the host's name, or what the settings say. */
  readonly name: string;
  /** Where the other replicas reach it: `host:port` of its cluster listener. */
  readonly address: string;
  /** The release that it runs. */
  readonly version: string;
};

/** Who has the world, by the clock of the database. */
export type Leadership = {
  /** Rises each time the world changes hands; 0: nobody ever had it. */
  readonly term: number;
  /** Who has that term; null where it was given up, or a writer without a card claimed the store. */
  readonly keeper: ReplicaCard | null;
  /** How long nobody else may take it, in milliseconds; 0 once its time is over, or it was given up. */
  readonly remainingMs: number;
  /** Number of the last batch that was committed, by anybody. */
  readonly batch: number;
  /** The database's clock, in milliseconds UTC. */
  readonly now: number;
  /** Set when a replica saw that the database went back: nobody decides until a person says so. */
  readonly halt: Halt | null;
};

/** What a replica knew of, and found missing. Instants are milliseconds UTC. */
export type Halt = {
  readonly at: number;
  readonly by: string;
  /** The last term and batch that it had seen, and what it found in their place. */
  readonly seen: { readonly term: number; readonly batch: number };
  readonly found: { readonly term: number; readonly batch: number };
};

/** How a replica was when it last told. */
export type ReplicaReport = ReplicaCard & {
  readonly role: 'keeper' | 'follower';
  /** The last batch that it knows. */
  readonly batch: number;
  /** How far its machine's clock is ahead of the database's, in milliseconds. */
  readonly skewMs: number;
};

/** Everything that a follower has to do to know what the database knew at `batch`. */
export type WorldChanges = {
  readonly batch: number;
  readonly meta: WorldMeta;
  /** Each document that changed, as it is at `batch`; null: it is gone. One snapshot, whatever is committed meanwhile. */
  readonly pages: AsyncIterable<readonly DocumentChange[]>;
};

export type DocumentChange = {
  [K in DocumentKind]: { readonly kind: K; readonly id: string; readonly document: Documents[K] | null };
}[DocumentKind];

/**
 * A store that several processes share: one writes under its term, the others follow it and wait for their turn.
 *
 * All times of the leadership are the database's, so nobody's clock matters. `claim` takes the store from anybody at once, without a
 * card: it is for programs that own the store alone.
 */
export type SharedStore = Store & {
  findLeadership(): Promise<Leadership>;

  /** The number of the last batch of a term that is over, or of those before it; undefined where no later term is known. */
  lastBatchOf(term: number): Promise<number | undefined>;

  /**
   * Takes the leadership for `forMs` where its time is over, or it was given up, and no halt stands; raises the term then, and no commit
   * under an older one can land after the answer. Answers how it stands now: `keeper.id` says whether it was taken.
   */
  acquire(input: { readonly replica: ReplicaCard; readonly forMs: number }): Promise<Leadership>;

  /**
   * Has the term last for `forMs` from now on.
   *
   * Errors: `StaleTerm` when another has it, or a halt stands; `WentBack` where what this store had acknowledged under it is not there.
   */
  renew(input: { readonly term: number; readonly forMs: number }): Promise<Leadership>;

  /** Gives the term up, so that another may take it at once; of a term that another has taken meanwhile nothing changes. */
  resign(term: number): Promise<void>;

  /** Stops everybody: no commit lands and nobody acquires until `resume`. A halt that stands already stays as it is. */
  halt(halt: Halt): Promise<void>;
  resume(): Promise<void>;

  /** Calls back soon after a batch or the leadership changed; also for nothing, and after a connection was made anew. */
  watch(onNews: () => void): AsyncDisposable;

  /**
   * What changed after batch `after`, in any order; everything, after 0, kinds in the order of `DOCUMENT_KINDS` then. Undefined when that
   * is not known any more: then everything has to be read.
   *
   * Errors: `WentBack` when the database has no batch `after`.
   */
  changesAfter(after: number): Promise<WorldChanges | undefined>;

  /** Says how a replica is; those that have been silent for long are forgotten. */
  reportReplica(report: ReplicaReport): Promise<void>;
  /** Those that told lately, with how long ago in milliseconds. */
  listReplicas(): Promise<readonly (ReplicaReport & { readonly seenMsAgo: number })[]>;

  /** A text that all replicas share and nothing is decided by, such as sealed keys; undefined where there is none. */
  readShared(name: string): Promise<string | undefined>;
  /** Writes it if what is there is still `before`; answers what is there then. */
  writeShared(input: {
    readonly name: string;
    readonly text: string;
    readonly before: string | undefined;
  }): Promise<string>;
};

/** The database knows less than was acknowledged: a standby that had not received everything was promoted, or a backup restored. */
export class WentBack extends Error {
  override readonly name = 'WentBack';
}
