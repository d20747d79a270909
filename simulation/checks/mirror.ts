import { DOCUMENT_KINDS, documentId } from '@poolkeeper/core';
import type { DocumentKind, Documents, Json, World, WorldMeta } from '@poolkeeper/core';
import { isSameJson } from '../../core/json.ts';
import type { Batch, StoredDocument } from '../../server/store/contract.ts';
import type { Report } from '../report.ts';

type Maps = { [K in DocumentKind]: Map<string, Documents[K]> };

/** Would two documents be the same on a disk? The quick look finds out for nearly all; it does not know members that are undefined. */
function isSameText(a: unknown, b: unknown): boolean {
  return isSameJson(a as Json, b as Json) || JSON.stringify(a) === JSON.stringify(b);
}

/** What must be in the store: every batch that got there, one upon the other. */
export class Mirror {
  readonly #report: Report;
  readonly documents: Maps = {
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
  };
  eventSeq = 0;
  /** How often it changed: with each batch, and with each load, which brings other objects. */
  changes = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  take(batch: Batch): void {
    this.changes += 1;
    for (const { kind, id, document } of batch.upserts) this.#of(kind).set(id, document);
    for (const { kind, id } of batch.deletes) {
      if (!this.#of(kind).delete(id))
        this.#report('events-tell-all', `a commit deletes ${kind} ${id}, which was never stored`);
    }
    this.eventSeq = batch.meta.eventSeq;
  }

  /** Compares what a store loads with what was written, and goes on with the objects that were loaded. */
  compareLoaded(meta: WorldMeta, loaded: readonly StoredDocument[]): void {
    this.changes += 1;
    if (meta.eventSeq !== this.eventSeq) {
      this.#report(
        'survives-restart',
        `the store counts ${meta.eventSeq} events, ${this.eventSeq} were written`,
      );
    }
    const counts = Object.fromEntries(DOCUMENT_KINDS.map((kind) => [kind, 0])) as Record<
      DocumentKind,
      number
    >;
    for (const { kind, document } of loaded) {
      const id = documentId(document);
      const written = this.#of(kind).get(id);
      counts[kind] += 1;
      if (written === undefined)
        this.#report('survives-restart', `${kind} ${id} is in the store and was deleted or never written`);
      else if (!isSameText(written, document)) {
        this.#report(
          'survives-restart',
          `${kind} ${id} was written as ${JSON.stringify(written)}, loaded as ${JSON.stringify(document)}`,
        );
      }
      this.#of(kind).set(id, document);
    }
    for (const kind of DOCUMENT_KINDS) {
      const size = this.documents[kind].size;
      if (counts[kind] !== size)
        this.#report(
          'survives-restart',
          `${size} documents of kind ${kind} were written, ${counts[kind]} loaded`,
        );
    }
  }

  /** Compares what a follower knows with what was written. */
  compareFollowed(name: string, known: readonly StoredDocument[]): void {
    const size = DOCUMENT_KINDS.reduce((sum, kind) => sum + this.documents[kind].size, 0);
    if (known.length !== size) this.#report('follows', `${name} knows ${known.length} documents of ${size}`);
    for (const { kind, document } of known) {
      const id = documentId(document);
      const written = this.#of(kind).get(id);
      if (!isSameText(written, document))
        this.#report(
          'follows',
          `${name} knows ${kind} ${id} as ${JSON.stringify(document)}; ${JSON.stringify(written)} was written`,
        );
    }
  }

  /** Compares the memory of a keeper at rest, object by object: each is the one that was written last. */
  compareMemory(world: World): void {
    for (const kind of DOCUMENT_KINDS) {
      const written = this.#of(kind);
      const known: ReadonlyMap<string, unknown> = kind === 'pool' ? world.pools : world[`${kind}s`];
      if (known.size !== written.size) {
        return this.#report(
          'memory-is-disk',
          `${known.size} documents of kind ${kind} are in memory, ${written.size} in the store`,
        );
      }
      for (const [id, entry] of known) {
        const document = kind === 'pool' ? world.pools.get(id)?.pool : entry;
        if (document !== written.get(id)) {
          return this.#report(
            'memory-is-disk',
            `${kind} ${id} is ${JSON.stringify(document)} in memory, ${JSON.stringify(written.get(id))} in the store`,
          );
        }
      }
    }
  }

  #of(kind: DocumentKind): Map<string, unknown> {
    return this.documents[kind];
  }
}
