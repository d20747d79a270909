import { StoreFailure } from './store/contract.ts';
import type { SharedStore } from './store/shared-contract.ts';

type Texts = Pick<SharedStore, 'readShared' | 'writeShared'>;

/** The name of the shared text that says how far a move into the database came. */
const MARKER = 'migration';
const UNFINISHED = 'unfinished';
const DONE = 'done';

/** Says that the store is about to be filled. Durable when it resolves. Errors: as `requireWholeWorld`. */
export async function markUnfinished(store: Texts): Promise<void> {
  await requireWholeWorld(store);
  await write(store, UNFINISHED);
}

/** Says that everything is there. */
export function markWhole(store: Texts): Promise<void> {
  return write(store, DONE);
}

/**
 * Refuses a store that a broken-off `poolkeeper migrate` filled in part: whoever served it would lend what others hold.
 *
 * Errors: `StoreFailure`; those of the store.
 */
export async function requireWholeWorld(store: Pick<Texts, 'readShared'>): Promise<void> {
  if ((await store.readShared(MARKER)) !== UNFINISHED) return;
  throw new StoreFailure(
    'A world is being moved into this database, or the move was broken off: not everything is there. Wait for "poolkeeper migrate" to ' +
      'end. If none runs, empty the database (drop schema poolkeeper cascade) and begin the move again; its source is as it was.',
  );
}

async function write(store: Texts, text: string): Promise<void> {
  const before = await store.readShared(MARKER);
  if (before === text) return;
  const found = await store.writeShared({ name: MARKER, text, before });
  if (found !== text) throw new StoreFailure('Another move into this database began meanwhile. Let it end.');
}
