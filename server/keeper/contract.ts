import type {
  Command,
  DocumentKind,
  EndedLease,
  ReplyTo,
  Run,
  SealedRecord,
  Token,
  World,
} from '@poolkeeper/core';
import type { WorldEvent } from '@poolkeeper/core';
import type { EndedLeaseQuery, EventQuery, Page, RunQuery, TurnoverQuery } from '../store/contract.ts';
import type { EventListener } from './event-feed.ts';

/** How the keeper is: `readonly` while the store takes no writes, with the reason for people. */
export type KeeperStatus =
  | { readonly state: 'loading' | 'running' | 'stopping' | 'stopped' }
  | { readonly state: 'readonly' | 'deposed'; readonly reason: string };

/** A term that was acquired for a keeper, with the world as of its last batch, which the keeper owns from now on. */
export type KeptTerm = {
  readonly term: number;
  readonly world: World;
  /** May it still decide? */
  readonly isHeld: () => boolean;
  /** Called once when the keeper cannot go on under it. */
  readonly lose: (why: Error) => void;
};

/** The single writer of one world, as the rooms around it see it. */
export type Keeper = {
  /**
   * Has a command decided, and answers when the decision is durable.
   *
   * `look` reads the world right after the decision, in the same instant, for an answer that fits it; it must not keep the world.
   * Errors: the command's `Refusal`; `store_unavailable` and `stopping` when it could not be made durable: then it did not happen,
   * or, if the store failed in the middle, its outcome is told by asking again with the same idempotency key.
   */
  ask<C extends Command>(command: C): Promise<ReplyTo<C>>;
  ask<C extends Command, T>(command: C, look: (reply: ReplyTo<C>, world: World) => T): Promise<T>;

  /** Reads the world; answers when everything that it could have seen is durable. */
  read<T>(look: (world: World) => T): Promise<T>;

  /** Who a token is, by the hash of its secret; undefined for one that is unknown, revoked or past its time. */
  findToken(hash: string): Token | undefined;

  /** Resolves when the lease is not queued (any more), or after `waitMs`, or when the signal aborts. */
  untilGranted(leaseId: string, waitMs: number, signal?: AbortSignal): Promise<void>;

  /**
   * Looks at the world now, and after each commit that changed the document, until the look answers something; undefined when that
   * takes longer than `waitMs`, the signal aborts, or the keeper stops. What was seen is durable.
   */
  until<T>(
    subject: { readonly kind: DocumentKind; readonly id: string },
    look: (world: World) => T | undefined,
    options: { readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<T | undefined>;

  findEndedLease(id: string): Promise<EndedLease | undefined>;
  listEndedLeases(query: EndedLeaseQuery): Promise<Page<EndedLease>>;
  /** A run that is over. */
  findRun(id: string): Promise<Run | undefined>;
  /** Runs that are over, the last ended first. */
  listRuns(query: RunQuery): Promise<Page<Run>>;
  listTurnovers(query: TurnoverQuery): Promise<readonly SealedRecord[]>;
  listEvents(query: EventQuery): Promise<readonly WorldEvent[]>;
  /** Durable events as they come. The answer ends the subscription. */
  subscribe(listener: EventListener): () => void;

  status(): KeeperStatus;
  /** Milliseconds UTC, as the world counts it. */
  now(): number;
};

/** What the keeper tells about itself, for metrics. */
export type KeeperProbe = {
  committed(info: {
    commands: number;
    changes: number;
    events: readonly WorldEvent[];
    durationMs: number;
  }): void;
  commitFailed(): void;
};
