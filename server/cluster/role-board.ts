import type { Logger } from '../logger.ts';
import type { ReplicaCard } from '../store/shared-contract.ts';
import type { ClusterView, ReplicaRole } from './contract.ts';

type KnownKeeper = ReturnType<ClusterView['keeper']>;

/** What a replica is, and whom it takes for the keeper; tells those who want to know of each change. */
export class RoleBoard {
  readonly #logger: Logger;
  readonly #listeners = new Set<() => void>();
  #role: ReplicaRole = 'starting';
  #keeper: KnownKeeper;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get role(): ReplicaRole {
    return this.#role;
  }

  get keeper(): KnownKeeper {
    return this.#keeper;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  become(role: ReplicaRole, keeper: KnownKeeper): void {
    const isNews = role !== this.#role || idOf(keeper) !== idOf(this.#keeper);
    if (role !== this.#role)
      this.#logger.info({ from: this.#role, to: role }, 'the role of this replica changed');
    this.#role = role;
    this.#keeper = keeper;
    if (isNews) this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.#logger.error({ err: error }, 'who was told of a new role failed');
      }
    }
  }
}

function idOf(keeper: KnownKeeper): string {
  return keeper === undefined ? '' : `${keeper.term} ${keeper.card.id} ${keeper.isSelf}`;
}

/** The keeper as others see it: somebody else, or this replica. */
export function keeperOf(
  leadership: { readonly keeper: ReplicaCard | null; readonly term: number; readonly remainingMs: number },
  self: ReplicaCard,
): KnownKeeper {
  const { keeper: card, term, remainingMs } = leadership;
  if (card === null || remainingMs === 0 || card.id === self.id) return undefined;
  return { card, term, isSelf: false };
}
