import type {
  Change,
  Decision,
  DocumentKind,
  EndedLease,
  Run,
  SealedRecord,
  WorldEvent,
  WorldMeta,
} from '@poolkeeper/core';
import type { Batch, StoredDocument } from '../store/contract.ts';

/** Gathers what decisions changed into one batch, in which each document appears once, as it is in the end. */
export class BatchBuilder {
  readonly changes: Change[] = [];
  readonly events: WorldEvent[] = [];
  readonly #ended: EndedLease[] = [];
  readonly #runs: Run[] = [];
  readonly #records: SealedRecord[] = [];

  add(decision: Decision<unknown>): void {
    for (const change of decision.changes) this.changes.push(change);
    for (const event of decision.events) this.events.push(event);
    for (const lease of decision.ended) this.#ended.push(lease);
    for (const run of decision.endedRuns) this.#runs.push(run);
    for (const record of decision.records) this.#records.push(record);
  }

  get isEmpty(): boolean {
    const made = [this.changes, this.events, this.#ended, this.#runs, this.#records];
    return made.every(({ length }) => length === 0);
  }

  build(term: number, meta: WorldMeta): Batch {
    const last = new Map<string, Change>();
    const born = new Set<string>();
    for (const change of this.changes) {
      const key = `${change.kind}\u0000${change.id}`;
      if (!last.has(key) && change.before === undefined) born.add(key);
      last.set(key, change);
    }
    const upserts: Batch['upserts'][number][] = [];
    const deletes: { kind: DocumentKind; id: string }[] = [];
    for (const [key, { kind, id, after }] of last) {
      if (after !== undefined) upserts.push({ kind, id, document: after } as StoredDocument & { id: string });
      // What came and went within the batch was never stored.
      else if (!born.has(key)) deletes.push({ kind, id });
    }
    return {
      term,
      meta: { ...meta },
      upserts,
      deletes,
      ended: this.#ended,
      runs: this.#runs,
      records: this.#records,
      events: this.events,
    };
  }
}
