import { StaleTerm } from '../contract.ts';
import type { Halt, Leadership, ReplicaCard, ReplicaReport } from '../shared-contract.ts';
import { REPLICA_FORGOTTEN_MS } from '../shared-contract.ts';
import type { MemoryDisk } from './memory-disk.ts';

/** How the leadership stands at an instant. */
export function leadershipAt(disk: MemoryDisk, now: number): Leadership {
  const { term, keeper, batch, halt } = disk;
  return {
    term,
    keeper: keeper?.card ?? null,
    remainingMs: keeper === null ? 0 : Math.max(0, keeper.until - now),
    batch,
    now,
    halt,
  };
}

/** Begins the next term, which nobody has yet. */
export function raiseTerm(disk: MemoryDisk): void {
  disk.term += 1;
  disk.keeper = null;
  disk.terms.push({ term: disk.term, afterBatch: disk.batch });
}

/** See `SharedStore.lastBatchOf`. */
export function lastBatchOf({ terms }: MemoryDisk, term: number): number | undefined {
  return terms.find((later) => later.term > term)?.afterBatch;
}

/** Gives a replica the next term where nobody else has one: who asks again has not heard the answer. Answers whether it did. */
export function acquireTerm(
  disk: MemoryDisk,
  { replica, until, now }: { replica: ReplicaCard; until: number; now: number },
): boolean {
  const { keeper } = disk;
  const isFree = keeper === null || keeper.until <= now || keeper.card.id === replica.id;
  if (!isFree || disk.halt !== null) return false;
  raiseTerm(disk);
  disk.keeper = { card: replica, until };
  return true;
}

/** Errors: `StaleTerm`, which says why. */
export function renewTerm(disk: MemoryDisk, { term, until }: { term: number; until: number }): void {
  requireTerm(disk, term);
  if (disk.keeper === null) throw new StaleTerm('The term was given up, so it cannot be renewed.');
  disk.keeper = { ...disk.keeper, until };
}

/** Answers whether something changed. */
export function resignTerm(disk: MemoryDisk, term: number): boolean {
  if (disk.term !== term || disk.keeper === null) return false;
  disk.keeper = null;
  return true;
}

/** Errors: `StaleTerm` when another has the term, or nobody may decide. */
export function requireTerm(disk: MemoryDisk, term: number): void {
  if (disk.halt !== null)
    throw new StaleTerm(`Nobody may decide: ${disk.halt.by} found that the database went back.`);
  if (term !== disk.term)
    throw new StaleTerm('Another writer has taken over. What this one decided since was not written.');
}

/** Answers whether something changed. */
export function haltDisk(disk: MemoryDisk, halt: Halt): boolean {
  if (disk.halt !== null) return false;
  disk.halt = halt;
  return true;
}

export function keepReport(disk: MemoryDisk, report: ReplicaReport, at: number): void {
  disk.replicas.set(report.id, { report, at });
  for (const [id, { at: toldAt }] of disk.replicas)
    if (at - toldAt > REPLICA_FORGOTTEN_MS) disk.replicas.delete(id);
}

export function reportsAt(
  disk: MemoryDisk,
  now: number,
): readonly (ReplicaReport & { readonly seenMsAgo: number })[] {
  return [...disk.replicas.values()]
    .filter(({ at }) => now - at <= REPLICA_FORGOTTEN_MS)
    .map(({ report, at }) => ({ ...report, seenMsAgo: Math.max(0, now - at) }));
}
