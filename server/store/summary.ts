import { DOCUMENT_KINDS } from '@poolkeeper/core';
import type { DocumentKind } from '@poolkeeper/core';
import type { Store } from './contract.ts';

/** What a store holds, in a few numbers that people can compare with what they expect. */
export type StoreSummary = {
  readonly pools: number;
  readonly resources: number;
  /** Leases that live: granted ones, and those that wait. */
  readonly leases: number;
  readonly queued: number;
  readonly tokens: number;
  /** The last thing that happened; null where nothing has yet. `at` is milliseconds UTC. */
  readonly lastEvent: { readonly seq: number; readonly at: number; readonly type: string } | null;
};

/** What was read on the way: the numbers, and by which hashes an admin is let in at the instant `now` (milliseconds UTC). */
export type StoreContents = StoreSummary & { readonly adminHashes: readonly string[] };

/**
 * Reads every live document of a store, so that what cannot be read is found out here.
 *
 * Errors: `StoreFailure`, and those of documents that are not what they should be.
 */
export async function readContents(store: Store): Promise<StoreContents> {
  const counts = Object.fromEntries(DOCUMENT_KINDS.map((kind) => [kind, 0])) as Record<DocumentKind, number>;
  const adminHashes: string[] = [];
  let queued = 0;
  const { meta, documents } = await store.load();
  for await (const page of documents) {
    for (const { kind, document } of page) {
      counts[kind] += 1;
      if (kind === 'lease' && document.status === 'queued') queued += 1;
      if (kind === 'token' && document.role === 'admin') adminHashes.push(document.hash);
    }
  }
  const [last] = await store.listEvents({ after: Math.max(0, meta.eventSeq - 1), limit: 1 });
  return {
    pools: counts.pool,
    resources: counts.resource,
    leases: counts.lease - queued,
    queued,
    tokens: counts.token,
    lastEvent: last === undefined ? null : { seq: last.seq, at: last.at, type: last.type },
    adminHashes,
  };
}
