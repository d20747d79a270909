import type { Json, JsonObject } from '@poolkeeper/core';
import type { CloudPools } from './cloud-pools.ts';
import type { Face } from './error-document.ts';
import type { Caller, DialectSettings } from './parts.ts';

/** What a handler works with. */
export type Exchange = {
  readonly pools: CloudPools;
  readonly settings: DialectSettings;
  readonly caller: Caller;
  /** The pool that is asked, by the name that clients have of it; empty where it is about all of them. */
  readonly name: string;
  /** The request's JSON object. Errors: see `readObject`. */
  readonly readObject: () => JsonObject;
  /** The address of an instance. */
  readonly addressOf: (instance: string) => string;
};

/** A success: 200 with nothing in it, where nothing is said. */
export type Answer = {
  readonly status?: 201;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Endpoint = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Of a mount; `:name` stands for the name of an instance. */
  readonly path: string;
  readonly face: Face;
  /** Within its pool, for messages. */
  readonly shown: string;
  readonly access: 'read' | 'write';
  /** `json`: none, or JSON that nobody reads. `any`: whatever it is, nobody reads it. An object is read by the handler. */
  readonly body: 'object' | 'json' | 'any';
  run(exchange: Exchange): Promise<Answer>;
};

/** An endpoint of one pool, wherever that pool is served. */
export type PoolEndpoint = Omit<Endpoint, 'face' | 'shown'>;

/** Places endpoints of a pool under a path, in the words of the API that is served there. */
export function placeUnder(
  prefix: string,
  face: Face,
  endpoints: readonly PoolEndpoint[],
): readonly Endpoint[] {
  return endpoints.map((endpoint) => ({
    ...endpoint,
    path: `${prefix}${endpoint.path}`,
    shown: endpoint.path,
    face,
  }));
}

/** What serves a path, by method; `name` is the decoded name of the instance in it. */
export type Found = { readonly endpoints: readonly Endpoint[]; readonly name: string };

/** Finds what serves a path. One slash at its end is of no matter. Errors: a `URIError` for a path that is no path. */
export function findEndpoints(all: readonly Endpoint[], path: string): Found | undefined {
  const asked = segmentsOf(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
  let name = '';
  const endpoints = all.filter((endpoint) => {
    const pattern = segmentsOf(endpoint.path);
    if (pattern.length !== asked.length) return false;
    return pattern.every((part, index) => (part === ':name' ? asked[index] !== '' : part === asked[index]));
  });
  const [first] = endpoints;
  if (first === undefined) return undefined;
  const place = segmentsOf(first.path).indexOf(':name');
  if (place !== -1) name = asked[place] ?? '';
  return { endpoints, name };
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').slice(1).map(decodeURIComponent);
}

/** The methods of a path, as `Allow` has them. */
export function allowedMethods(endpoints: readonly Endpoint[]): string {
  const methods = new Set<string>(['OPTIONS']);
  for (const { method } of endpoints) {
    methods.add(method);
    if (method === 'GET') methods.add('HEAD');
  }
  return [...methods].toSorted().join(', ');
}
