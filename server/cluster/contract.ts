import type { World } from '@poolkeeper/core';
import type { Halt, ReplicaCard } from '../store/shared-contract.ts';

/**
 * - `starting`: it does not know the world yet.
 * - `following`: it knows the world and follows its keeper.
 * - `takingOver`, `keeping`, `handingOver`: the world is its own.
 * - `halted`: the database went back, and a person has to say how to go on.
 */
export type ReplicaRole =
  | 'starting'
  | 'following'
  | 'takingOver'
  | 'keeping'
  | 'handingOver'
  | 'halted'
  | 'stopped';

/** What a replica does while the world is its own: everything that decides, works outside, and serves. */
export type Tenure = AsyncDisposable & {
  /** Begins; requests may be served once it resolves. Errors: those of the store; the tenure is of no use then. */
  begin(start: TenureStart): Promise<void>;
  /** Takes nothing new, answers what is under way, and resolves when everything that was decided is durable. Never rejects. */
  drain(): Promise<void>;
};

export type TenureStart = {
  readonly term: number;
  /** As of the last batch before the term; the tenure owns it from now on. */
  readonly world: World;
  /** May it still decide? False from a moment on before anybody else may begin. */
  readonly isHeld: () => boolean;
  /** The tenure cannot go on, as after a commit that failed: it is disposed, and another begins from what is durable. */
  readonly lose: (why: Error) => void;
};

/** A replica as what serves requests sees it. */
export type ClusterView = {
  readonly self: ReplicaCard;
  role(): ReplicaRole;
  /** Whom requests go to; undefined while there is nobody, or nobody is known. */
  keeper(): { readonly card: ReplicaCard; readonly term: number; readonly isSelf: boolean } | undefined;
  /** Calls back after each change of the role or of the keeper. The answer takes the wish back. */
  onChange(listener: () => void): () => void;
  halt(): Halt | null;
  /** Hands the world over to another replica. Errors: `Refusal` where this one does not keep it, or there is no other. */
  stepDown(): Promise<void>;
};
