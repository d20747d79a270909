import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { canonicalJson, documentId, DOCUMENT_KINDS } from '@poolkeeper/core';
import type { DocumentKind, Json, WorldMeta } from '@poolkeeper/core';
import type { CopyableStore, HistoryItems, KnownKey } from './store/contract.ts';

/** What a world is made of, as it is counted: live documents by kind, what is over, the keys and the counters. */
export type WorldPart = DocumentKind | keyof HistoryItems | 'key' | 'counters';

/** In the order in which a store answers them. */
export const WORLD_PARTS: readonly WorldPart[] = [
  ...DOCUMENT_KINDS,
  'event',
  'endedLease',
  'endedRun',
  'turnover',
  'runLog',
  'key',
  'counters',
];

export type PartDigest = { readonly part: WorldPart; readonly count: number; readonly sha256: string };

/**
 * Counts the parts of a world, and takes a SHA-256 of each over the canonical text of its rows, in their order. Two worlds
 * with the same digests are the same. Memory does not grow with the world.
 */
export class WorldDigest {
  readonly #parts = new Map<WorldPart, { count: number; hash: Hash }>();

  constructor() {
    for (const part of WORLD_PARTS) this.#parts.set(part, { count: 0, hash: createHash('sha256') });
  }

  /** Takes one row in; answers how many characters its text has. */
  add(part: WorldPart, row: unknown): number {
    const found = this.#parts.get(part);
    if (found === undefined) throw new Error(`there is no part ${part} of a world`);
    const text = canonicalJson(row as Json);
    found.count += 1;
    found.hash.update(text).update('\n');
    return text.length;
  }

  /** What was taken in by now. */
  finish(): readonly PartDigest[] {
    return [...this.#parts].map(([part, { count, hash }]) => ({
      part,
      count,
      sha256: hash.copy().digest('hex'),
    }));
  }
}

/** As stores answer them, which differ in what else stands beside. */
export function countersOf({ instant, eventSeq, leaseSeq }: WorldMeta): Json {
  return { instant, eventSeq, leaseSeq };
}

/** Stores order keys that began at the same instant as they like. */
export function keysInOrder(keys: readonly KnownKey[]): readonly KnownKey[] {
  return keys
    .map(({ x, validFrom, validUntil }) => ({ x, validFrom, validUntil }))
    .toSorted((a, b) => a.validFrom - b.validFrom || (a.x < b.x ? -1 : 1));
}

/** Reads a store from end to end. `onRow` is called for each row. Errors: those of the store. */
export async function digestWorld(store: CopyableStore, onRow: () => void): Promise<readonly PartDigest[]> {
  const digest = new WorldDigest();
  const { meta, documents } = await store.load();
  for await (const page of documents) {
    for (const { kind, document } of page) {
      digest.add(kind, { id: documentId(document), document });
      onRow();
    }
  }
  for await (const { part, items } of store.readHistory()) {
    for (const item of items) {
      digest.add(part, item);
      onRow();
    }
  }
  for (const key of keysInOrder(await store.listKeys())) digest.add('key', key);
  digest.add('counters', countersOf(meta));
  return digest.finish();
}
