import { ERRORS } from '@poolkeeper/core';
import type { ErrorKind } from '@poolkeeper/core';
import type { Problem } from './api-types.ts';

/** The server said no. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  /** A code that a newer server has and we do not know is judged by its status. */
  get kind(): ErrorKind {
    const known: Readonly<Record<string, { readonly kind: ErrorKind } | undefined>> = ERRORS;
    return known[this.problem.code]?.kind ?? kindOfStatus(this.problem.status);
  }
}

/** No answer came, or one that no Poolkeeper server gives. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';
  readonly url: string;

  constructor(url: string, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.url = url;
  }
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
