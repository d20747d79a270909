import type { ConfiguredType, Json, JsonObject } from '@poolkeeper/core';
import { configuredTypes } from '@poolkeeper/server';
import { parseAllDocuments } from 'yaml';

/** A resource as the objects of Boskos have it. Empty texts are nothing. */
export type StoredResource = {
  readonly type: string;
  readonly name: string;
  readonly state: string;
  readonly owner: string;
  /** As it is written; empty for one that lives for ever. */
  readonly expires: string;
  readonly data: Readonly<Record<string, string>>;
};
export type BoskosObjects = {
  readonly types: readonly ConfiguredType[];
  readonly resources: readonly StoredResource[];
};

const GROUP = 'boskos.k8s.io/';
const NANOSECONDS_PER_MS = 1_000_000;

/** Are these objects of Kubernetes, and no configuration file? */
export function isObjects(text: string): boolean {
  return /^\s*"?apiVersion"?:|"apiVersion"\s*:/m.test(text);
}

/** Reads objects as `kubectl -o yaml` or `-o json` prints them: one, a list, or several documents. Others than those of Boskos are passed over. */
export function readObjects(text: string): BoskosObjects {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return { types: [], resources: [] };
  return ofObjects(documents.map((document) => document.toJS() as Json));
}

/** The same of what was parsed already. */
export function ofObjects(values: readonly Json[]): BoskosObjects {
  const objects = values.flatMap((value) => {
    const items = objectOf(value)['items'];
    return Array.isArray(items) ? (items as readonly Json[]).map(objectOf) : [objectOf(value)];
  });
  const named = (kind: string): JsonObject[] => objects.filter((object) => isOf(object, kind));
  return {
    types: named('DRLCObject').flatMap(typeOf),
    resources: named('ResourceObject').map(resourceOf),
  };
}

/** Objects in a list of an API may leave out what kind they are of; their members tell. */
function isOf(object: JsonObject, kind: string): boolean {
  const { kind: said, apiVersion } = object;
  if (typeof said === 'string')
    return said === kind && (typeof apiVersion === 'string' ? apiVersion : GROUP).startsWith(GROUP);
  const isDynamic = 'max-count' in objectOf(object['spec']);
  return (kind === 'DRLCObject') === isDynamic && 'spec' in object;
}

function typeOf(object: JsonObject): ConfiguredType[] {
  const spec = objectOf(object['spec']);
  const lifespan = Number(spec['lifespan'] ?? 0);
  const config = (spec['config'] ?? null) === null ? null : objectOf(spec['config']);
  return configuredTypes(
    [
      {
        type: nameOf(object),
        state: textOf(spec['state']),
        names: [],
        minCount: Number(spec['min-count'] ?? 0),
        maxCount: Number(spec['max-count'] ?? 0),
        lifespanMs: lifespan > 0 ? Math.round(lifespan / NANOSECONDS_PER_MS) : null,
        needs: objectOf(spec['needs']) as Record<string, number>,
        config: config === null ? null : { type: textOf(config['type']), content: textOf(config['content']) },
      },
    ],
    { silenceMs: null, isRepeatable: false },
  );
}

function resourceOf(object: JsonObject): StoredResource {
  const status = objectOf(object['status']);
  return {
    type: textOf(objectOf(object['spec'])['type']),
    name: nameOf(object),
    state: textOf(status['state']),
    owner: textOf(status['owner']),
    expires: textOf(status['expirationDate']),
    data: objectOf(status['userData']) as Record<string, string>,
  };
}

function nameOf(object: JsonObject): string {
  return textOf(objectOf(object['metadata'])['name']);
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
