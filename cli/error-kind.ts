import type { ApiError } from '@poolkeeper/client';
import { ERRORS } from '@poolkeeper/core/words';
import type { ErrorKind } from '@poolkeeper/core';

/** What a refusal means. A code that a newer server has and we do not know is judged by its status. */
export function kindOf({ code, status }: Pick<ApiError, 'code' | 'status'>): ErrorKind {
  const known: Readonly<Record<string, { readonly kind: ErrorKind } | undefined>> = ERRORS;
  return known[code]?.kind ?? kindOfStatus(status);
}

function kindOfStatus(status: number): ErrorKind {
  switch (status) {
    case 401:
      return 'unauthenticated';
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 409:
      return 'conflict';
    case 412:
      return 'stale';
    case 429:
      return 'limited';
    case 502:
    case 503:
    case 504:
      return 'unavailable';
    default:
      return status >= 500 ? 'internal' : 'invalid';
  }
}
