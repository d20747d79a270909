import { createWorld, documentId, putDocument } from '@poolkeeper/core';
import type { World } from '@poolkeeper/core';
import type { Store } from '../store/contract.ts';

/** Builds the world from what the store remembers; everything derived is made on the way. */
export async function loadWorld(store: Store): Promise<World> {
  const world = createWorld();
  const { meta, documents } = await store.load();
  for await (const page of documents) {
    for (const { kind, document } of page) {
      putDocument(world, kind, documentId(document), document);
    }
  }
  Object.assign(world.meta, meta);
  return world;
}
