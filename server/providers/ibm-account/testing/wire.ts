import type { Json, JsonObject } from '@poolkeeper/core';

/** A request to a stand-in of a service: its path without the service's own, its region where it has one. */
export type TestCall = {
  readonly method: string;
  readonly region: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: JsonObject;
};

export type TestReply = {
  readonly status: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Fewer than anybody asks for, so that every list has several pages. */
export const PAGE_SIZE = 2;

export const NOT_FOUND: TestReply = fault(404, 'not_found', 'There is no such thing');

/** What platform services answer to a failure. */
export function fault(status: number, code: string, message: string): TestReply {
  return { status, body: { errors: [{ code, message }], trace: 'trace-1', status_code: status } };
}

/** What IAM answers to one. */
export function iamFault(status: number, errorCode: string, errorMessage: string): TestReply {
  return { status, body: { errorCode, errorMessage, context: { requestId: 'request-1' } } };
}

export function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => decodeURIComponent(part));
}

export function asText(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** One page of a list behind an opaque token, and the token of the next one. */
export function pageAt(
  all: readonly Json[],
  token: string | null,
): { readonly page: readonly Json[]; readonly next: string | undefined } {
  const at = token === null ? 0 : Number(Buffer.from(token, 'base64url').toString());
  const end = at + PAGE_SIZE;
  const next = end < all.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return { page: all.slice(at, end), next };
}
