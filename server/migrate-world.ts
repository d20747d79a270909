import { documentId } from '@poolkeeper/core';
import type { WorldMeta } from '@poolkeeper/core';
import { countersOf, digestWorld, keysInOrder, WorldDigest } from './migrate-digest.ts';
import type { PartDigest } from './migrate-digest.ts';
import { StoreFailure } from './store/contract.ts';
import type { Batch, CopyableStore, HistoryPage, StoredDocument } from './store/contract.ts';

/** How many rows, and about how many characters, one batch of a copy has. Bounds memory, and how long a commit takes. */
const BATCH_ROWS_MAX = 500;
const BATCH_CHARACTERS_MAX = 4 * 2 ** 20;
/** After how many rows the mover says how far it is. */
export const PROGRESS_ROWS = 10_000;

/** `copying` is written to the target, `checking` is read back from it. */
export type MoveProgress = { readonly phase: 'copying' | 'checking'; readonly rows: number };

export type MovedWorld = { readonly parts: readonly PartDigest[] };

/** The target is not what the source is: nobody may serve it. */
export class WorldDiffers extends Error {
  override readonly name = 'WorldDiffers';
  readonly differences: readonly { readonly source: PartDigest; readonly target: PartDigest }[];

  constructor(differences: WorldDiffers['differences']) {
    const said = differences.map(
      ({ source, target }) =>
        `${source.part}: ${source.count} rows ${source.sha256.slice(0, 12)}…, and ${target.count} rows ${target.sha256.slice(0, 12)}… at the target`,
    );
    super(`The copy differs from its source. ${said.join('; ')}.`);
    this.differences = differences;
  }
}

/**
 * Copies everything that one store knows to another one that knows nothing, then reads the copy from end to end and
 * compares counts and digests. Nothing else may write to either meanwhile.
 *
 * Shape: the source is only read. Memory does not grow with the world.
 * Errors: `WorldDiffers`; `StoreFailure` where the target holds something; those of the stores. The target is not whole then.
 */
export async function moveWorld(
  from: CopyableStore,
  to: CopyableStore,
  { term, onProgress = () => {} }: { term: number; onProgress?: (progress: MoveProgress) => void },
): Promise<MovedWorld> {
  await requireEmpty(to);
  const digest = new WorldDigest();
  const { meta, documents } = await from.load();
  const writer = new BatchWriter({ to, term, meta, onRow: counted('copying', onProgress) });
  for await (const page of documents) {
    for (const stored of page) {
      const id = documentId(stored.document);
      const size = digest.add(stored.kind, { id, document: stored.document });
      await writer.add(
        (batch) => batch.upserts.push({ ...stored, id } as StoredDocument & { id: string }),
        size,
      );
    }
  }
  for await (const page of from.readHistory()) await copyPage(page, { digest, writer, to });
  const keys = keysInOrder(await from.listKeys());
  for (const key of keys) digest.add('key', key);
  await to.keepKeys(keys);
  digest.add('counters', countersOf(meta));
  // Also of a world in which nothing is: its counters are written.
  await writer.flush();
  const parts = digest.finish();
  requireSame(parts, await digestWorld(to, counted('checking', onProgress)));
  return { parts };
}

/** Errors: `StoreFailure` where a store knows anything at all. */
export async function requireEmpty(store: CopyableStore): Promise<void> {
  const { meta, documents } = await store.load();
  let isEmpty = meta.instant === 0 && meta.eventSeq === 0 && meta.leaseSeq === 0;
  // Read to its end: a store may not be asked for anything else while it loads.
  for await (const page of documents) if (page.length > 0) isEmpty = false;
  for await (const _page of store.readHistory()) {
    isEmpty = false;
    break;
  }
  if (isEmpty) return;
  throw new StoreFailure(
    'The target holds a world already. Name one that holds nothing, so that nothing is written over.',
  );
}

function requireSame(source: readonly PartDigest[], target: readonly PartDigest[]): void {
  const differences = source.flatMap((one, index) => {
    const other = target[index] as PartDigest;
    return one.count === other.count && one.sha256 === other.sha256 ? [] : [{ source: one, target: other }];
  });
  if (differences.length > 0) throw new WorldDiffers(differences);
}

async function copyPage(
  page: HistoryPage,
  { digest, writer, to }: { digest: WorldDigest; writer: BatchWriter; to: CopyableStore },
): Promise<void> {
  if (page.part === 'runLog') {
    for (const entry of page.items) {
      digest.add('runLog', entry);
      writer.count();
    }
    return to.runLog.append(page.items);
  }
  for (const item of page.items) {
    const size = digest.add(page.part, item);
    await writer.add((batch) => (batch[LISTS[page.part]] as unknown[]).push(item), size);
  }
}

const LISTS = { event: 'events', endedLease: 'ended', endedRun: 'runs', turnover: 'records' } as const;

type OpenBatch = { [K in 'upserts' | 'ended' | 'runs' | 'records' | 'events']: Batch[K][number][] };

/** Gathers rows into batches of a bounded size, one commit after another. */
class BatchWriter {
  readonly #input: { to: CopyableStore; term: number; meta: WorldMeta; onRow: () => void };
  #batch: OpenBatch = newBatch();
  #rows = 0;
  #characters = 0;

  constructor(input: { to: CopyableStore; term: number; meta: WorldMeta; onRow: () => void }) {
    this.#input = input;
  }

  async add(put: (batch: OpenBatch) => void, characters: number): Promise<void> {
    put(this.#batch);
    this.#rows += 1;
    this.#characters += characters;
    this.count();
    if (this.#rows >= BATCH_ROWS_MAX || this.#characters >= BATCH_CHARACTERS_MAX) await this.flush();
  }

  count(): void {
    this.#input.onRow();
  }

  async flush(): Promise<void> {
    const { to, term, meta } = this.#input;
    const batch = this.#batch;
    this.#batch = newBatch();
    this.#rows = 0;
    this.#characters = 0;
    await to.commit({ term, meta: { ...meta }, deletes: [], ...batch });
  }
}

function newBatch(): OpenBatch {
  return { upserts: [], ended: [], runs: [], records: [], events: [] };
}

function counted(phase: MoveProgress['phase'], onProgress: (progress: MoveProgress) => void): () => void {
  let rows = 0;
  return () => {
    rows += 1;
    if (rows % PROGRESS_ROWS === 0) onProgress({ phase, rows });
  };
}
