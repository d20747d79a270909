import type { DocumentKind, WorldMeta } from '@poolkeeper/core';
import type { KnownKey } from '../contract.ts';
import type { RunLogEntry } from '../run-log-contract.ts';
import type { Halt, ReplicaCard, ReplicaReport } from '../shared-contract.ts';

/**
 * What outlives a crash of the process that uses an in-memory store. Everything is kept as text, as a real disk would: what
 * one process holds on to cannot change what the next one loads.
 */
export type MemoryDisk = {
  term: number;
  /** Who has the term, and until when by the clock of the store; null: nobody who renews it. */
  keeper: { readonly card: ReplicaCard; readonly until: number } | null;
  /** The last batch before each term, terms ascending. */
  terms: { readonly term: number; readonly afterBatch: number }[];
  halt: Halt | null;
  /** The number of the last batch. */
  batch: number;
  /** Which documents the last batches changed, ascending by batch; those up to `changesFrom` are forgotten. */
  changes: { readonly batch: number; readonly kind: DocumentKind; readonly id: string }[];
  changesFrom: number;
  meta: WorldMeta;
  documents: Record<DocumentKind, Map<string, string>>;
  ended: MemoryHistory;
  runs: MemoryHistory;
  /** By resource, ascending by number. */
  turnovers: Map<string, { number: number; text: string }[]>;
  keys: Map<string, KnownKey>;
  events: { seq: number; text: string }[];
  /** In the order in which they were written down. */
  runLog: RunLogEntry[];
  /** How replicas were when they last told, and when that was, by id. */
  replicas: Map<string, { readonly report: ReplicaReport; readonly at: number }>;
  shared: Map<string, string>;
  /** Copies that were made with `backup`, by path. */
  backups: Map<string, MemoryDisk>;
};

/** What is over, in the order in which it ended, under rising numbers. `count`: how many there ever were. */
export type MemoryHistory = {
  count: number;
  rows: { number: number; id: string; endedAt: number; text: string }[];
};

/** A disk with nothing on it. */
export function createMemoryDisk(): MemoryDisk {
  return {
    term: 0,
    keeper: null,
    terms: [],
    halt: null,
    batch: 0,
    changes: [],
    changesFrom: 0,
    meta: { instant: 0, eventSeq: 0, leaseSeq: 0 },
    documents: {
      provider: new Map(),
      secret: new Map(),
      profile: new Map(),
      workflow: new Map(),
      webhook: new Map(),
      upkeep: new Map(),
      pool: new Map(),
      token: new Map(),
      resource: new Map(),
      run: new Map(),
      job: new Map(),
      leak: new Map(),
      lease: new Map(),
      receipt: new Map(),
      credential: new Map(),
      waiter: new Map(),
    },
    ended: { count: 0, rows: [] },
    runs: { count: 0, rows: [] },
    turnovers: new Map(),
    keys: new Map(),
    events: [],
    runLog: [],
    replicas: new Map(),
    shared: new Map(),
    backups: new Map(),
  };
}

/** A disk of its own with the same on it; backups stay behind. */
export function copyMemoryDisk(disk: MemoryDisk): MemoryDisk {
  return { ...structuredClone({ ...disk, backups: undefined }), backups: new Map() };
}
