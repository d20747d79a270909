import { createWorld, DOCUMENT_KINDS, putDocument } from '@poolkeeper/core';
import type { DocumentKind, World } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import { StoreFailure } from '../store/contract.ts';
import type { DocumentChange, SharedStore } from '../store/shared-contract.ts';

/** The world as it was at a batch. */
type FollowedWorld = { readonly world: World; batch: number };

/**
 * Keeps a world in memory that others write: reads all of it once, then what each batch changed.
 *
 * Shape: a look costs what changed since the last one, however large the world is. A follower that is further behind than the database
 * remembers reads everything anew.
 * Source: invariant H5 in docs/spec/cluster.md.
 */
export class WorldFollower {
  readonly #store: Pick<SharedStore, 'changesAfter'>;
  readonly #logger: Logger;
  #followed: FollowedWorld | undefined;
  /** The last world that was known, also when it is not followed any more: who is let in hardly changes. */
  #lastKnown: World | undefined;

  constructor({
    store,
    logger,
  }: {
    readonly store: Pick<SharedStore, 'changesAfter'>;
    readonly logger: Logger;
  }) {
    this.#store = store;
    this.#logger = logger;
  }

  /** The last batch that it knows; 0: none, or nothing at all. */
  get batch(): number {
    return this.#followed?.batch ?? 0;
  }

  get isLoaded(): boolean {
    return this.#followed !== undefined;
  }

  /** The world as far as it is known, to be looked at only. */
  get lastKnown(): World | undefined {
    return this.#lastKnown;
  }

  /**
   * Follows up to the last batch there is. Answers the world, which stays the follower's.
   *
   * Errors: those of the store, `WentBack` among them; the signal's reason. The world is as it was then.
   */
  async catchUp(signal: AbortSignal): Promise<World> {
    if (this.#followed === undefined) return this.#load(signal);
    const followed = this.#followed;
    const { batch } = followed;
    const changes = await this.#store.changesAfter(batch);
    if (changes === undefined) {
      this.#logger.warn({ batch }, 'this replica is too far behind to follow; it reads the whole world anew');
      return this.#load(signal);
    }
    const gathered: DocumentChange[] = [];
    for await (const page of changes.pages) {
      signal.throwIfAborted();
      for (const change of page) gathered.push(change);
    }
    signal.throwIfAborted();
    try {
      applyChanges(followed.world, gathered);
    } catch (error) {
      this.#followed = undefined;
      throw error;
    }
    Object.assign(followed.world.meta, changes.meta);
    followed.batch = changes.batch;
    return followed.world;
  }

  /** Somebody else changes the world from now on, or it does not count: the next look reads everything anew. */
  release(): void {
    this.#followed = undefined;
  }

  async #load(signal: AbortSignal): Promise<World> {
    this.#followed = undefined;
    const world = createWorld();
    const changes = await this.#store.changesAfter(0);
    if (changes === undefined) throw new StoreFailure('The database did not tell everything that it has.');
    for await (const page of changes.pages) {
      signal.throwIfAborted();
      applyChanges(world, page);
    }
    signal.throwIfAborted();
    Object.assign(world.meta, changes.meta);
    this.#followed = { world, batch: changes.batch };
    this.#lastKnown = world;
    return world;
  }
}

const RANKS = new Map<DocumentKind, number>(DOCUMENT_KINDS.map((kind, rank) => [kind, rank]));
const rankOf = ({ kind }: DocumentChange): number => RANKS.get(kind) ?? 0;

/**
 * Puts a world from one batch to a later one.
 *
 * Everything that changed leaves first, and comes back as it is now: so no name, job or machine is ever taken from who has it by one
 * who had it before, in whatever order the changes come. Pools stay while they have members; what refers to something comes after it.
 */
export function applyChanges(world: World, changes: readonly DocumentChange[]): void {
  const inOrder = changes.toSorted((a, b) => rankOf(a) - rankOf(b));
  for (const { kind, id } of inOrder.toReversed())
    if (kind !== 'pool') putDocument(world, kind, id, undefined);
  for (const { kind, id, document } of inOrder)
    if (kind === 'pool' && document === null) putDocument(world, kind, id, undefined);
  for (const { kind, id, document } of inOrder) if (document !== null) putDocument(world, kind, id, document);
}
