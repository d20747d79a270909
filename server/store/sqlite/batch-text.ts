import type { DocumentKind, WorldMeta } from '@poolkeeper/core';
import type { Batch } from '../contract.ts';

/**
 * A batch as one text: a line that says what is in it, then one line per document. JSON has no line breaks of its own, so
 * the documents can be told apart without parsing them.
 *
 * The writer's thread is handed this text, writes it down as it is, and takes it apart only when it folds it.
 */
type Contents = {
  meta: WorldMeta;
  /** Kind and id, in turn; the documents follow in this order. */
  upserts: string[];
  deletes: string[];
  /** How many leases that ended, then how many events, runs that ended and turnovers, follow the upserted documents. */
  ended: number;
  events: number;
  /** Batches of older releases have neither, and do not say so. */
  runs?: number;
  records?: number;
};

export type BatchText = {
  readonly meta: WorldMeta;
  readonly upserts: readonly { kind: DocumentKind; id: string; document: string }[];
  readonly deletes: readonly { kind: DocumentKind; id: string }[];
  readonly ended: readonly string[];
  readonly events: readonly string[];
  readonly runs: readonly string[];
  readonly records: readonly string[];
};

export function writeBatchText(batch: Batch): string {
  const { instant, eventSeq, leaseSeq } = batch.meta;
  const contents: Contents = {
    meta: { instant, eventSeq, leaseSeq },
    upserts: [],
    deletes: [],
    ended: batch.ended.length,
    events: batch.events.length,
    runs: batch.runs.length,
    records: batch.records.length,
  };
  const lines = [''];
  for (const { kind, id, document } of batch.upserts) {
    contents.upserts.push(kind, id);
    lines.push(JSON.stringify(document));
  }
  for (const { kind, id } of batch.deletes) contents.deletes.push(kind, id);
  for (const lease of batch.ended) lines.push(JSON.stringify(lease));
  for (const event of batch.events) lines.push(JSON.stringify(event));
  for (const run of batch.runs) lines.push(JSON.stringify(run));
  for (const record of batch.records) lines.push(JSON.stringify(record));
  lines[0] = JSON.stringify(contents);
  return lines.join('\n');
}

export function readBatchText(text: string): BatchText {
  const [head, ...lines] = text.split('\n') as [string, ...string[]];
  const contents = JSON.parse(head) as Contents;
  const upsertCount = contents.upserts.length / 2;
  const eventsAt = upsertCount + contents.ended;
  const runsAt = eventsAt + contents.events;
  const recordsAt = runsAt + (contents.runs ?? 0);
  return {
    meta: contents.meta,
    upserts: inPairs(contents.upserts).map((subject, index) => ({
      ...subject,
      document: lines[index] as string,
    })),
    deletes: inPairs(contents.deletes),
    ended: lines.slice(upsertCount, eventsAt),
    events: lines.slice(eventsAt, runsAt),
    runs: lines.slice(runsAt, recordsAt),
    records: lines.slice(recordsAt, recordsAt + (contents.records ?? 0)),
  };
}

/** How many leases and runs end in the batch, without taking the text apart. */
export function countEnded(text: string): { readonly leases: number; readonly runs: number } {
  const end = text.indexOf('\n');
  const { ended, runs = 0 } = JSON.parse(end < 0 ? text : text.slice(0, end)) as Contents;
  return { leases: ended, runs };
}

function inPairs(flat: readonly string[]): { kind: DocumentKind; id: string }[] {
  const pairs: { kind: DocumentKind; id: string }[] = [];
  for (let at = 0; at < flat.length; at += 2)
    pairs.push({ kind: flat[at] as DocumentKind, id: flat[at + 1] as string });
  return pairs;
}
