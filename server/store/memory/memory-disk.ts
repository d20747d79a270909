import type { DocumentKind, EndedLease, WorldEvent, WorldMeta } from '@poolkeeper/core';

/**
 * What outlives a crash of the process that uses an in-memory store. Everything is kept as text, as a real disk would: what
 * one process holds on to cannot change what the next one loads.
 */
export type MemoryDisk = {
  term: number;
  meta: WorldMeta;
  documents: Record<DocumentKind, Map<string, string>>;
  /** In the order in which they ended, under rising numbers. */
  ended: { number: number; id: string; endedAt: number; text: string }[];
  endedCount: number;
  events: { seq: number; text: string }[];
  /** Copies that were made with `backup`, by path. */
  backups: Map<string, MemoryDisk>;
};

/** A disk with nothing on it. */
export function createMemoryDisk(): MemoryDisk {
  return {
    term: 0,
    meta: { instant: 0, eventSeq: 0, leaseSeq: 0 },
    documents: {
      provider: new Map(),
      secret: new Map(),
      profile: new Map(),
      workflow: new Map(),
      webhook: new Map(),
      pool: new Map(),
      token: new Map(),
      resource: new Map(),
      run: new Map(),
      job: new Map(),
      lease: new Map(),
      receipt: new Map(),
    },
    ended: [],
    endedCount: 0,
    events: [],
    backups: new Map(),
  };
}

/** A disk of its own with the same on it; backups stay behind. */
export function copyMemoryDisk(disk: MemoryDisk): MemoryDisk {
  return { ...structuredClone({ ...disk, backups: undefined }), backups: new Map() };
}

export function parseEnded(text: string): EndedLease {
  return JSON.parse(text) as EndedLease;
}

export function parseEvent(text: string): WorldEvent {
  return JSON.parse(text) as WorldEvent;
}
