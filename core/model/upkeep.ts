/** A look at what a provider has for one pool, asked for or under way. */
export type Look = {
  /** Rises with each look of the upkeep; an outcome of another number is of no effect. */
  readonly number: number;
  /** How many attempts at it failed. */
  readonly failures: number;
  /** The next attempt is not made before this instant. */
  readonly notBefore: number;
};

/** One update of a pool, from its fresh list to the removal of what is too much. */
export type Round = {
  readonly number: number;
  readonly startedAt: number;
  /** `looking`: for a list fetched since it began. `growing`: until all that it asked for is answered. */
  readonly phase: 'looking' | 'growing';
  /** The look that it waits for. */
  readonly look: number;
  /** What went wrong first with a member that it asked for; then it ends without taking anything away. */
  readonly error: string | null;
  /** How many members in a row could not be made, up to now. */
  readonly failedInRow: number;
  /** The size that it makes the pool fit; null before it has its list. */
  readonly desired: number | null;
  /** How many members it has still to ask for. */
  readonly toAsk: number;
  /** Resources that it asked for, the first of them by id; and how many there were. */
  readonly requested: readonly string[];
  readonly requestedCount: number;
  /** Machines that it had taken away, as clients call them; and how many there were. */
  readonly terminating: readonly string[];
  readonly terminatingCount: number;
  /** Was the size set after it had read it? Then another one begins as soon as it ends. */
  readonly isFollowed: boolean;
};

/** How the last update went. */
export type EndedRound = {
  readonly number: number;
  readonly endedAt: number;
  /** The size that it made the pool fit. */
  readonly desired: number | null;
  readonly error: string | null;
};

/**
 * The upkeep of one pool in rounds: what its clients configured, and how far its two loops are. It exists before it is configured;
 * its pool, provider and secret come and go with it. Instants are milliseconds UTC.
 */
export type Upkeep = {
  readonly name: string;
  /** Null until it is configured. */
  readonly pool: string | null;
  /** The secret that holds the configuration as it was given; null until it is configured. */
  readonly secret: string | null;
  /** `removing`: it goes when nothing of its pool is under way; its members stay where they are. */
  readonly status: 'stopped' | 'started' | 'removing';
  /** Has anybody said how large the pool is to be? Else the first list says it. */
  readonly isSizeKnown: boolean;
  readonly version: number;
  readonly createdAt: number;
  /** When the list that the world has was asked for; null before the first. */
  readonly fetchedAt: number | null;
  /** When the last look was over, after all of its attempts, well or not; null before the first of this start. */
  readonly lookedAt: number | null;
  /** Why the last look failed; null when it did not. */
  readonly lookError: string | null;
  readonly lookNumber: number;
  readonly look: Look | null;
  readonly nextLookAt: number | null;
  readonly roundNumber: number;
  readonly round: Round | null;
  readonly lastRound: EndedRound | null;
  readonly nextRoundAt: number | null;
  /** Machines of nobody that the last list had: what the next one has too is taken in. */
  readonly strays: readonly string[];
  /** Machines that were detached not long ago: a list that still has them is out of date. */
  readonly detached: readonly { readonly externalId: string; readonly at: number }[];
};
