import type { DocumentKind, WorldMeta } from '@poolkeeper/core';
import type { EndedLeaseQuery, EventQuery, KnownKey, RunQuery, TurnoverQuery } from '../contract.ts';
import type { RunLogEnd, RunLogEntry, RunLogQuery } from '../run-log-contract.ts';
import type { CommitInput, DocumentsText } from './database.ts';
import type { RunLogPlace, TextHistory } from './history-pages.ts';

/** What the store asks of its thread, and what it is answered. */
export type Calls = {
  claim: { input: null; output: number };
  commit: { input: CommitInput & { failuresSeen: number }; output: null };
  startLoad: { input: null; output: WorldMeta };
  loadPage: { input: { kind: DocumentKind; after: string }; output: DocumentsText & { next: string | null } };
  findEndedLease: { input: string; output: DocumentsText };
  listEndedLeases: { input: EndedLeaseQuery; output: DocumentsText & { next: string | null } };
  findRun: { input: string; output: DocumentsText };
  listRuns: { input: RunQuery; output: DocumentsText & { next: string | null } };
  listTurnovers: { input: TurnoverQuery; output: DocumentsText };
  keepKeys: { input: readonly KnownKey[]; output: null };
  listKeys: { input: null; output: readonly KnownKey[] };
  listEvents: { input: EventQuery; output: DocumentsText };
  historyPage: {
    input: { part: TextHistory; after: string | null };
    output: DocumentsText & { next: string | null };
  };
  runLogPage: {
    input: RunLogPlace | null;
    output: { entries: readonly RunLogEntry[]; next: RunLogPlace | null };
  };
  appendRunLog: { input: readonly RunLogEntry[]; output: null };
  readRunLog: { input: RunLogQuery; output: readonly RunLogEntry[] };
  endOfRunLog: { input: string; output: RunLogEnd };
  prune: { input: { eventsBelow: number; endedBefore: number; limit: number }; output: number };
  close: { input: null; output: null };
};
export type CallName = keyof Calls;

export type ThreadInput = { readonly file: string; readonly pageCountMax?: number };
export type ThreadRequest = {
  [K in CallName]: { readonly id: number; readonly call: K; readonly input: Calls[K]['input'] };
}[CallName];

/** An error on its way between threads, where its class would be lost. */
export type SentError = { readonly isStale: boolean; readonly message: string; readonly cause: unknown };
/** The first reply has id 0 and says whether the database is open. */
export type ThreadReply = { readonly id: number; readonly output?: unknown; readonly error?: SentError };
