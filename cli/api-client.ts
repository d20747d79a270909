import { ApiProblem, ServerUnreachable } from './api-error.ts';
import type { Problem } from './api-types.ts';
import type { CliContext } from './context.ts';

/** How often one request is sent, the first time included. */
const ATTEMPTS_MAX = 5;
/** The first pause; each one after it is twice as long, and up to half of it is left to chance. Milliseconds. */
const PAUSE_MS_FIRST = 200;
/** The longest pause that a server may ask for, in milliseconds. */
const PAUSE_MS_MAX = 30_000;
/** How long an answer may take beyond what the server was asked to wait, in milliseconds. */
const ANSWER_MS_MAX = 30_000;

type Request = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  /** How long the server was asked to wait, in milliseconds. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** May it be sent again when its answer is lost? */
  readonly isRepeatable: boolean;
};

type Options = Pick<Request, 'waitMs' | 'signal'>;

/** Query members; those without a value are left out, a list is there several times. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/**
 * A server's native API. Requests that may be repeated are: when no answer came, and when the server says that it cannot
 * answer now.
 *
 * Errors: `ApiProblem` for a refusal, `ServerUnreachable` when no answer came in all attempts.
 */
export class ApiClient {
  readonly url: string;
  readonly #token: string | null;
  readonly #context: Pick<CliContext, 'fetch' | 'sleep' | 'random'>;

  constructor(
    context: Pick<CliContext, 'fetch' | 'sleep' | 'random'>,
    server: { url: string; token: string | null },
  ) {
    this.#context = context;
    this.url = server.url;
    this.#token = server.token;
  }

  get<T>(path: string, query: Query = {}, options: Options = {}): Promise<T> {
    return this.#ask({ method: 'GET', path: `${path}${queryText(query)}`, isRepeatable: true, ...options });
  }

  delete<T>(path: string, options: Options = {}): Promise<T> {
    return this.#ask({ method: 'DELETE', path, isRepeatable: true, ...options });
  }

  /** Creates something. With a key a repetition answers what the first one made. */
  create<T>(path: string, body: unknown, options: Options & { idempotencyKey?: string } = {}): Promise<T> {
    return this.#ask({
      method: 'POST',
      path,
      body,
      isRepeatable: options.idempotencyKey !== undefined,
      ...options,
    });
  }

  /** Does something for which once is as good as twice. */
  act<T>(path: string, body?: unknown, options: Options = {}): Promise<T> {
    return this.#ask({ method: 'POST', path, body, isRepeatable: true, ...options });
  }

  async #ask<T>(request: Request): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#send(request);
      if ('body' in outcome) return outcome.body as T;
      const isLast = attempt >= ATTEMPTS_MAX || !request.isRepeatable || request.signal?.aborted === true;
      if (isLast || !outcome.isPassing) throw outcome.error;
      const backoffMs = PAUSE_MS_FIRST * 2 ** (attempt - 1) * (1 - this.#context.random() / 2);
      await this.#context.sleep(Math.min(outcome.retryAfterMs ?? backoffMs, PAUSE_MS_MAX), request.signal);
    }
  }

  async #send(request: Request): Promise<Outcome> {
    const { method, path, body, idempotencyKey, waitMs = 0, signal } = request;
    const timeout = AbortSignal.timeout(ANSWER_MS_MAX + waitMs);
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'poolkeeper-cli' };
    if (this.#token !== null) headers['authorization'] = `Bearer ${this.#token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    try {
      const response = await this.#context.fetch(`${this.url}${path}`, {
        method,
        headers,
        redirect: 'manual',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return readAnswer(this.url, response, await response.text());
    } catch (cause) {
      if (signal?.aborted === true) throw cause;
      const why = timeout.aborted
        ? `no answer came within ${(ANSWER_MS_MAX + waitMs) / 1_000} s`
        : reasonOf(cause);
      return { error: new ServerUnreachable(this.url, why, { cause }), isPassing: true };
    }
  }
}

type Outcome =
  | { readonly body: unknown }
  /** `isPassing`: another try may be answered otherwise. */
  | { readonly error: Error; readonly isPassing: boolean; readonly retryAfterMs?: number | undefined };

const PASSING_STATUSES = [502, 503, 504];

function readAnswer(url: string, response: Response, text: string): Outcome {
  const body = parseJson(text);
  if (response.ok && body !== undefined) return { body };
  const isPassing = PASSING_STATUSES.includes(response.status);
  if (isProblem(body)) {
    const isTooMuch = body.code === 'too_many_requests';
    return {
      error: new ApiProblem(body),
      isPassing: isPassing || isTooMuch,
      retryAfterMs: retryAfterMs(response),
    };
  }
  const location = response.headers.get('location');
  const said = location === null ? `status ${response.status}` : `a redirection to ${location}`;
  const error = new ServerUnreachable(url, `the answer (${said}) is not one of a Poolkeeper server`);
  return { error, isPassing, retryAfterMs: retryAfterMs(response) };
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

function isProblem(body: unknown): body is Problem {
  const { code, detail, errors } = (body ?? {}) as Partial<Problem>;
  return typeof code === 'string' && typeof detail === 'string' && Array.isArray(errors);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch` says "fetch failed"; why stands in the cause of the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = cause as NodeJS.ErrnoException;
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no host of that name';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'the connection was cut';
    default:
      return message !== undefined && message !== '' ? message : String(code ?? error);
  }
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value])
      parameters.append(name, String(one));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
