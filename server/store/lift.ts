import type { Documents, EndedLease, JsonObject, Run, SealedRecord, WorldEvent } from '@poolkeeper/core';
import { StoreFailure } from './contract.ts';

/** Everything that a store keeps as a document of its own. */
export type StoredShapes = Documents & {
  endedLease: EndedLease;
  endedRun: Run;
  turnover: SealedRecord;
  event: WorldEvent;
};
export type StoredKind = keyof StoredShapes;

/** Turns a document of one version into one of the next. */
export type Lift = (document: JsonObject) => JsonObject;

/** How documents are written today. Raise it together with a lift for every kind whose shape changes. */
export const DOCUMENT_VERSION = 3;

function asItWas(document: JsonObject): JsonObject {
  return document;
}

function liftResource({ hold = null, ...resource }: JsonObject): JsonObject {
  return {
    profiles: [],
    run: null,
    turnover: null,
    chain: null,
    destination: null,
    restsUntil: null,
    ...resource,
    hold: hold === null ? null : { step: null, run: null, ...(hold as JsonObject) },
  };
}

/** By kind, the lifts from each old version: the one at index 0 turns version 1 into version 2. */
export const LIFTS: Record<StoredKind, readonly Lift[]> = {
  provider: [asItWas, asItWas],
  secret: [asItWas, asItWas],
  profile: [asItWas, asItWas],
  workflow: [asItWas, asItWas],
  webhook: [asItWas, asItWas],
  upkeep: [asItWas, asItWas],
  // Pools replace what an older template made; then they have transitions.
  pool: [
    (pool) => ({ rollout: { atOnce: '25%' }, ...pool }),
    (pool) => ({
      parent: null,
      on: {},
      cooldownMs: 0,
      maxUses: null,
      maxAgeMs: null,
      health: [],
      leaks: 'report',
      cost: {},
      ...pool,
    }),
  ],
  token: [asItWas, asItWas],
  // Resources go through runs, and leave records.
  resource: [asItWas, liftResource],
  run: [asItWas, asItWas],
  job: [asItWas, (job) => ({ step: null, runsOn: {}, claim: null, fence: 0, ...job })],
  leak: [asItWas, asItWas],
  lease: [asItWas, asItWas],
  receipt: [asItWas, asItWas],
  credential: [asItWas, asItWas],
  waiter: [asItWas, asItWas],
  endedLease: [asItWas, asItWas],
  endedRun: [asItWas, asItWas],
  // What was signed is never lifted.
  turnover: [asItWas, asItWas],
  event: [asItWas, asItWas],
};

/**
 * Brings a stored document to today's shape.
 *
 * Errors: `StoreFailure` when a newer release wrote it.
 */
export function liftDocument<K extends StoredKind>(
  kind: K,
  version: number,
  document: unknown,
): StoredShapes[K] {
  if (version === DOCUMENT_VERSION) return document as StoredShapes[K];
  return liftThrough(LIFTS[kind], version, document as JsonObject) as unknown as StoredShapes[K];
}

/** Applies the lifts that a document of `version` has still to go through. */
export function liftThrough(lifts: readonly Lift[], version: number, document: JsonObject): JsonObject {
  const latest = lifts.length + 1;
  if (version > latest) {
    throw new StoreFailure(
      `The store holds documents of version ${version}, this release knows ${latest}. Use the release that wrote them.`,
    );
  }
  return lifts.slice(version - 1).reduce((lifted, lift) => lift(lifted), document);
}
