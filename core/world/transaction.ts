import { Refusal } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { EventType, WorldEvent } from '../model/event.ts';
import type { EndedLease } from '../model/lease.ts';
import type { ProviderEntry } from '../model/provider.ts';
import type { Resource } from '../model/resource.ts';
import type { Run } from '../model/run.ts';
import type { SealedRecord, TurnoverRecord } from '../model/turnover.ts';
import type { StepKind } from '../model/workflow.ts';
import type { PoolState } from './pool-state.ts';
import { findDocument, putDocument } from './world.ts';
import type { DocumentKind, Documents, World, WorldMeta } from './world.ts';

/** What the world cannot know by itself. `now` is milliseconds UTC and never before an earlier one. */
export type DecisionContext = {
  readonly now: number;
  /** Unique; ids of one prefix rise in the order in which they are made. */
  readonly newId: (prefix: string) => string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Are pools left as they are, to be brought towards their size in a later decision? */
  readonly isSizingDeferred?: boolean;
  /** Hashes and signs a record; the same answer for the same record. */
  readonly sealRecord: (record: TurnoverRecord) => Pick<SealedRecord, 'hash' | 'jws'>;
  /** What is wrong with the filled-in input of a step, by member; null when it will do. */
  readonly checkStep: (uses: StepKind, input: JsonObject) => string | null;
};

/** One document that changed. `after` undefined: it is gone. */
export type Change = {
  [K in DocumentKind]: {
    readonly kind: K;
    readonly id: string;
    readonly before?: Documents[K];
    readonly after?: Documents[K];
  };
}[DocumentKind];

/** Where an event belongs; what is left out is null. */
type EventSubject = { pool?: string; resource?: string; lease?: string; holder?: string };

/** How far a decision had come: the lengths of its lists, and the counters of the world. */
type Mark = { readonly lengths: readonly number[]; readonly meta: WorldMeta };

/**
 * One decision on its way: every change goes into the world at once, so that the next rule sees it, and is written down, so
 * that a refusal can take all of it back.
 */
export class Transaction {
  readonly world: World;
  readonly context: DecisionContext;
  readonly changes: Change[] = [];
  readonly events: WorldEvent[] = [];
  readonly ended: EndedLease[] = [];
  /** Runs that are over, and turnovers that were recorded. */
  readonly endedRuns: Run[] = [];
  readonly records: SealedRecord[] = [];
  /** Resources that are to be offered before the decision is over, one after another. */
  readonly toOffer: string[] = [];
  /** Members of leases that could not be prepared. */
  readonly toReplace: string[] = [];
  /** Queued leases that may be able to gather more. */
  readonly toAdvance: string[] = [];
  /** Members that are gone and whose names are made anew elsewhere. */
  readonly toSucceed: Resource[] = [];
  readonly #metaBefore: WorldMeta;

  constructor(world: World, context: DecisionContext) {
    this.world = world;
    this.context = context;
    this.#metaBefore = { ...world.meta };
    world.meta.instant = Math.max(world.meta.instant, context.now);
  }

  get now(): number {
    return this.world.meta.instant;
  }

  put<K extends DocumentKind>(kind: K, id: string, after: Documents[K]): Documents[K] {
    const before = putDocument(this.world, kind, id, after);
    this.changes.push({ kind, id, ...(before === undefined ? {} : { before }), after } as Change);
    return after;
  }

  remove(kind: DocumentKind, id: string): void {
    // Whatever a resource goes by, its credentials go with it.
    if (kind === 'resource') this.#forgetCredential(id);
    const before = putDocument(this.world, kind, id, undefined);
    if (before !== undefined) this.changes.push({ kind, id, before } as Change);
  }

  #forgetCredential(resource: string): void {
    const credential = this.world.credentials.get(resource);
    if (credential === undefined) return;
    const pool = this.world.resources.get(resource)?.pool;
    this.remove('credential', resource);
    this.emit(
      'credential.removed',
      { resource, ...(pool === undefined ? {} : { pool }) },
      { version: credential.version },
    );
  }

  /** Takes a lease out of the world; from here on the store alone knows it. */
  endLease(lease: EndedLease): EndedLease {
    this.remove('lease', lease.id);
    this.ended.push(lease);
    return lease;
  }

  /** Takes a run out of the world; from here on the store alone knows it. */
  endRun(run: Run): Run {
    this.remove('run', run.id);
    this.endedRuns.push(run);
    return run;
  }

  emit(type: EventType, subject: EventSubject, data: JsonObject = {}): void {
    this.world.meta.eventSeq += 1;
    this.events.push({
      seq: this.world.meta.eventSeq,
      at: this.now,
      type,
      pool: subject.pool ?? null,
      resource: subject.resource ?? null,
      lease: subject.lease ?? null,
      holder: subject.holder ?? null,
      data,
    });
  }

  nextLeaseSeq(): number {
    this.world.meta.leaseSeq += 1;
    return this.world.meta.leaseSeq;
  }

  /**
   * Has a part of the decision refused by itself: what it changed is taken back, what came before stays.
   *
   * Shape: answers what the part does, or the refusal. A defect goes through.
   */
  attempt<T>(act: () => T): T | Refusal {
    const mark = this.#mark();
    try {
      return act();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#rollBackTo(mark);
      return error;
    }
  }

  /** Takes every change back, in reverse. */
  rollBack(): void {
    this.#rollBackTo({ lengths: this.#lists().map(() => 0), meta: this.#metaBefore });
  }

  #lists(): unknown[][] {
    const { changes, events, ended, endedRuns, records, toOffer, toReplace, toAdvance, toSucceed } = this;
    return [changes, events, ended, endedRuns, records, toOffer, toReplace, toAdvance, toSucceed];
  }

  #mark(): Mark {
    return { lengths: this.#lists().map(({ length }) => length), meta: { ...this.world.meta } };
  }

  #rollBackTo({ lengths, meta }: Mark): void {
    for (const change of this.changes.slice(lengths[0]).toReversed()) {
      putDocument(
        this.world,
        change.kind,
        change.id,
        change.before as Documents[typeof change.kind] | undefined,
      );
    }
    Object.assign(this.world.meta, meta);
    this.#lists().forEach((list, index) => {
      list.length = lengths[index] as number;
    });
  }

  requirePool(name: string, pointer?: string): PoolState {
    const state = this.world.pools.get(name);
    if (state !== undefined) return state;
    const message = `There is no pool "${name}". See the pools that exist with GET /v1/pools.`;
    throw new Refusal(
      'pool_not_found',
      message,
      pointer === undefined ? {} : { faults: [{ pointer, message }] },
    );
  }

  requireProvider(name: string): ProviderEntry {
    const provider = this.world.providers.get(name);
    if (provider !== undefined) return provider;
    throw new Refusal(
      'provider_not_found',
      `There is no provider "${name}". See the providers that exist with GET /v1/providers.`,
    );
  }

  /** The document, or a refusal. `version`, when given, must be the document's. */
  require<K extends 'resource' | 'lease' | 'token'>(kind: K, id: string, version?: number): Documents[K] {
    const found = findDocument(this.world, kind, id);
    if (found === undefined) {
      throw new Refusal(`${kind}_not_found` as ErrorCode, `There is no live ${kind} "${id}".`);
    }
    if (version !== undefined && 'version' in found) requireVersion(found.version, version);
    return found;
  }
}

/** Refuses a change that was made up from an older version of the document. */
export function requireVersion(actual: number, expected: number | undefined): void {
  if (expected === undefined || actual === expected) return;
  throw new Refusal(
    'version_mismatch',
    `The document is at version ${actual}, the request is for version ${expected}. Read it again, then repeat the change.`,
  );
}
