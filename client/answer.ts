import type { Problem } from './api.gen.ts';
import { ApiError, NoAnswerError } from './errors.ts';

/** What came back of one request: what it answers, or an error. */
export type Outcome<T> = { readonly isAnswered: true; readonly data: T } | Unanswered;

/** `isPassing`: another try may be answered otherwise. */
export type Unanswered = {
  readonly isAnswered: false;
  readonly error: ApiError | NoAnswerError;
  readonly isPassing: boolean;
};

/** What `openapi-fetch` makes of an answer. */
export type Sent<T> = {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly response: Response;
};

const PASSING_STATUSES = [502, 503, 504];
const NO_CONTENT = 204;

/** Tells an answer of the API from a refusal, and both from what something else on the way said. */
export function readAnswer<T>(url: string, { data, error, response }: Sent<T>): Outcome<T> {
  const { status, ok } = response;
  if (ok && (data !== undefined || status === NO_CONTENT)) return { isAnswered: true, data: data as T };
  const isPassing = PASSING_STATUSES.includes(status);
  if (isProblem(error)) {
    const refusal = new ApiError(error, retryAfterMs(response));
    return {
      isAnswered: false,
      error: refusal,
      isPassing: isPassing || refusal.code === 'too_many_requests',
    };
  }
  return { isAnswered: false, error: new NoAnswerError(url, describeStrange(response)), isPassing };
}

/** What a request failed of that had no answer; `why` where the caller knows better than its error. */
export function lostAnswer(url: string, cause: unknown, why?: string): Unanswered {
  // An answer that is no JSON came from somewhere else, and will come again.
  const isStrange = cause instanceof SyntaxError;
  const said = isStrange ? 'the answer is not one of a Poolkeeper server' : reasonOf(cause);
  return { isAnswered: false, error: new NoAnswerError(url, why ?? said, { cause }), isPassing: !isStrange };
}

function describeStrange(response: Response): string {
  const location = response.headers.get('location');
  const isRedirection = location !== null || response.type === 'opaqueredirect';
  const said = isRedirection
    ? `a redirection${location === null ? '' : ` to ${location}`}`
    : `status ${response.status}`;
  return `the answer (${said}) is not one of a Poolkeeper server`;
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

function isProblem(body: unknown): body is Problem {
  const { code, detail, errors } = (body ?? {}) as Partial<Problem>;
  return typeof code === 'string' && typeof detail === 'string' && Array.isArray(errors);
}

/** Node's `fetch` says "fetch failed"; why stands in its cause. Browsers say no more than their message. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no host of that name';
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return 'the connection was cut';
    default:
      return typeof message === 'string' && message !== '' ? message : String(code ?? error);
  }
}
