import type { World } from '@poolkeeper/core';
import type { Keeper } from '../../keeper/contract.ts';
import type { Caller } from './access.ts';

/**
 * Finds the pool of a type as clients call it. What was found is remembered until a pool changes, so that the way of a request needs
 * no look at the world before it is decided on.
 */
export class TypePools implements Disposable {
  readonly #keeper: Pick<Keeper, 'read'>;
  readonly #known = new Map<string, string>();
  /** Rises when what is known is forgotten: what was read before is not remembered any more then. */
  #generation = 0;
  readonly #unsubscribe: () => void;

  constructor(keeper: Pick<Keeper, 'read' | 'subscribe'>) {
    this.#keeper = keeper;
    this.#unsubscribe = keeper.subscribe((events) => {
      if (events.some(({ type }) => type.startsWith('pool.'))) this.forget();
    });
  }

  /** Undefined for a type that does not exist, or not for the caller. */
  async find(type: string, { pools }: Caller): Promise<string | undefined> {
    const pool = this.#known.get(type) ?? (await this.#look(type));
    return pool === undefined || (pools !== null && !pools.includes(pool)) ? undefined : pool;
  }

  forget(): void {
    this.#generation += 1;
    this.#known.clear();
  }

  async #look(type: string): Promise<string | undefined> {
    const generation = this.#generation;
    const pool = await this.#keeper.read((world: World) => world.poolOfType.get(type));
    if (pool !== undefined && generation === this.#generation) this.#known.set(type, pool);
    return pool;
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }
}
