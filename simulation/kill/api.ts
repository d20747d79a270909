/** What became of one request. `refused`: nobody listened. `cut`: the connection ended before the answer did. */
type Outcome =
  | { readonly outcome: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly outcome: 'refused' | 'cut' | 'unanswered'; readonly why: string };
/** `server` is the URL of the one that was asked. */
export type Sent = Outcome & { readonly server: string };

export type Request = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** The `Idempotency-Key`. */
  readonly key?: string;
};

/** How long any request may take, the longest wait of a client included, in milliseconds. */
const ANSWER_WITHIN_MS = 15_000;

/**
 * The HTTP API of a server that may not be there, as the holder of one token sees it. Where several servers are the same world,
 * `url` says for each request which of them is asked.
 */
export class Api {
  readonly #url: () => string;
  readonly #secret: string;
  readonly #withinMs: number;

  constructor(url: string | (() => string), secret: string, withinMs = ANSWER_WITHIN_MS) {
    this.#url = typeof url === 'string' ? () => url : url;
    this.#secret = secret;
    this.#withinMs = withinMs;
  }

  /** The same server for the holder of another token. */
  as(secret: string): Api {
    return new Api(this.#url, secret, this.#withinMs);
  }

  /** Sends a request once. Never rejects: what came of it is the caller's to judge. */
  async send(request: Request): Promise<Sent> {
    const server = this.#url();
    return { ...(await this.#ask(server, request)), server };
  }

  async #ask(server: string, { method, path, body, key }: Request): Promise<Outcome> {
    try {
      const response = await fetch(server + path, {
        method,
        headers: {
          authorization: `Bearer ${this.#secret}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.#withinMs),
      });
      const text = await response.text();
      return { outcome: 'answered', status: response.status, body: text === '' ? null : JSON.parse(text) };
    } catch (error) {
      return lost(error, this.#withinMs);
    }
  }

  /** Sends a request that has to succeed. Errors: anything but a 2xx answer. */
  async call<T>(request: Request): Promise<T> {
    const sent = await this.send(request);
    if (sent.outcome === 'answered' && sent.status < 300) return sent.body as T;
    throw new Error(`${request.method} ${request.path}: ${JSON.stringify(sent)}`);
  }

  /** Every item of a list that pages by cursor. */
  async list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    const separator = path.includes('?') ? '&' : '?';
    for (let cursor = ''; ;) {
      const page = await this.call<{ items: T[]; next: string | null }>({
        method: 'GET',
        path: `${path}${separator}limit=1000${cursor}`,
      });
      items.push(...page.items);
      if (page.next === null) return items;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
  }
}

function lost(error: unknown, withinMs: number): Outcome {
  const { name, cause } = error as { name?: string; cause?: { code?: string; message?: string } };
  const why = cause?.code ?? cause?.message ?? String(error);
  if (name === 'TimeoutError') return { outcome: 'unanswered', why: `no answer within ${withinMs} ms` };
  return { outcome: why === 'ECONNREFUSED' ? 'refused' : 'cut', why };
}
