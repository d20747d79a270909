import { DOCUMENT_KINDS } from '@poolkeeper/core';
import type { DocumentKind } from '@poolkeeper/core';
import type { Batch } from '../contract.ts';
import { createIntern } from '../intern.ts';
import type { Intern } from '../intern.ts';
import { WentBack } from '../shared-contract.ts';
import type { DocumentChange, WorldChanges } from '../shared-contract.ts';
import type { MemoryDisk } from './memory-disk.ts';

const PAGE_ROWS = 100;
/** Changes that a disk remembers; a follower that is further behind has to read everything. */
const CHANGES_KEPT_MAX = 100_000;

/** A document as text; null: it is gone. */
type ChangedText = { readonly kind: DocumentKind; readonly id: string; readonly text: string | null };

/** Remembers which documents the batch changed, under its number. */
export function noteChanges(disk: MemoryDisk, batch: Batch): void {
  disk.batch += 1;
  for (const { kind, id } of [...batch.deletes, ...batch.upserts])
    disk.changes.push({ batch: disk.batch, kind, id });
  // In large pieces, so that it costs next to nothing for each.
  if (disk.changes.length > 2 * CHANGES_KEPT_MAX)
    forgetChanges(disk, disk.changes.at(-CHANGES_KEPT_MAX)?.batch ?? disk.batch);
}

/** Forgets what the batches up to a number changed. */
export function forgetChanges(disk: MemoryDisk, upTo: number): void {
  disk.changesFrom = Math.max(disk.changesFrom, Math.min(upTo, disk.batch));
  disk.changes.splice(0, firstAfter(disk, disk.changesFrom));
}

/** What changed after a batch, as it is now; all there is, after 0. */
export function changesOf(disk: MemoryDisk, after: number): WorldChanges | undefined {
  if (after > disk.batch)
    throw new WentBack(`The database has ${disk.batch} batches; ${after} were there before.`);
  if (after > 0 && after < disk.changesFrom) return undefined;
  const texts = after === 0 ? allTexts(disk) : changedTexts(disk, after);
  const { batch, meta } = disk;
  return { batch, meta: { ...meta }, pages: pagesOf(texts, createIntern()) };
}

/** Where the changes of later batches begin. */
function firstAfter({ changes }: MemoryDisk, batch: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle]?.batch ?? 0) <= batch) low = middle + 1;
    else high = middle;
  }
  return low;
}

function allTexts(disk: MemoryDisk): ChangedText[] {
  return DOCUMENT_KINDS.flatMap((kind) =>
    [...disk.documents[kind]].map(([id, text]) => ({ kind, id, text })),
  );
}

function changedTexts(disk: MemoryDisk, after: number): ChangedText[] {
  const changed = new Map<string, ChangedText>();
  for (const { kind, id } of disk.changes.slice(firstAfter(disk, after)))
    changed.set(`${kind}/${id}`, { kind, id, text: disk.documents[kind].get(id) ?? null });
  return [...changed.values()];
}

async function* pagesOf(
  texts: readonly ChangedText[],
  intern: Intern,
): AsyncGenerator<readonly DocumentChange[], void, undefined> {
  for (let at = 0; at < texts.length; at += PAGE_ROWS)
    yield texts.slice(at, at + PAGE_ROWS).map(({ kind, id, text }) => {
      const document = text === null ? null : intern(kind, JSON.parse(text) as never);
      return { kind, id, document } as DocumentChange;
    });
}
