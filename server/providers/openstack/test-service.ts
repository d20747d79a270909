import type { Json, JsonObject } from '@poolkeeper/core';

/** A request to a stand-in of a service, its path without the service's own. */
export type TestCall = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: JsonObject;
};

export type TestAnswer = {
  readonly status: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What Nova says of a failure: the fault's name round it. */
export function novaFault(status: number, message: string): TestAnswer {
  const names: Record<number, string> = { 400: 'badRequest', 403: 'forbidden', 404: 'itemNotFound' };
  return { status, body: { [names[status] ?? 'conflictingRequest']: { code: status, message } } };
}

export function neutronFault(status: number, type: string, message: string): TestAnswer {
  return { status, body: { NeutronError: { type, message, detail: '' } } };
}

/** Splits a path, for patterns such as `['servers', id]`. */
export function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => decodeURIComponent(part));
}

export function asObject(value: Json | undefined): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : {};
}

export function asText(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** One page of a list as OpenStack's services cut it; undefined when the marker means nothing. */
export function pageOf<T extends { readonly id: string }>(
  all: readonly T[],
  query: URLSearchParams,
  limitMax: number,
): { readonly page: readonly T[]; readonly hasNext: boolean } | undefined {
  const marker = query.get('marker');
  const at = marker === null ? 0 : all.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && at === 0) return undefined;
  const limit = Math.min(Number(query.get('limit') ?? limitMax), limitMax);
  // A full page says that there may be more, though there is none.
  const page = all.slice(at, at + limit);
  return { page, hasNext: page.length === limit };
}
