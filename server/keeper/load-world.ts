import { createWorld, putDocument } from '@poolkeeper/core';
import type { ProviderInfo, World } from '@poolkeeper/core';
import type { Store } from '../store/contract.ts';

/** Builds the world from what the store remembers; everything derived is made on the way. */
export async function loadWorld(store: Store, providers: ReadonlyMap<string, ProviderInfo>): Promise<World> {
  const world = createWorld();
  world.providers = providers;
  const { meta, documents } = await store.load();
  for await (const page of documents) {
    for (const { kind, document } of page) {
      putDocument(
        world,
        kind,
        kind === 'pool' ? (document as { name: string }).name : (document as { id: string }).id,
        document,
      );
    }
  }
  Object.assign(world.meta, meta);
  return world;
}
