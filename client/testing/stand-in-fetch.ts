import type { Lease, Problem } from '../api.gen.ts';

/** A request as the stand-in saw it. */
export type Seen = {
  readonly route: string;
  readonly query: string;
  readonly key: string | null;
  readonly body: unknown;
};

/** What it answers: a response, `cut` for an answer that is lost, `silence` for none at all. */
export type Answer = Response | 'cut' | 'silence';

/** A `fetch` that answers what a test says, with what it has seen. `before`: how often the route was seen before. */
export function standInFetch(answer: (request: Seen, before: number) => Answer): {
  readonly fetch: typeof fetch;
  readonly seen: Seen[];
} {
  const seen: Seen[] = [];
  // Of a request without an answer nothing else holds on to the signal that ends it.
  const unanswered: Request[] = [];
  return {
    seen,
    fetch: async (input) => {
      const request = input as Request;
      const { pathname, search } = new URL(request.url);
      const text = await request.text();
      const one: Seen = {
        route: `${request.method} ${pathname}`,
        query: search,
        key: request.headers.get('idempotency-key'),
        body: text === '' ? undefined : JSON.parse(text),
      };
      const before = seen.filter(({ route }) => route === one.route).length;
      seen.push(one);
      const answered = answer(one, before);
      if (answered === 'cut')
        throw new TypeError('fetch failed', { cause: new Error('the connection was cut') });
      if (answered !== 'silence') return answered;
      unanswered.push(request);
      return new Promise((_resolve, reject) => {
        const onAbort = (): void => reject(request.signal.reason as Error);
        if (request.signal.aborted) onAbort();
        else request.signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}

export function aProblem(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const problem = {
    type: `/errors#${code}`,
    title: code,
    status,
    detail: `It says ${code}.`,
    instance: 'req_1',
  };
  const body = { ...problem, code, errors: [] } as unknown as Problem;
  return Response.json(body, { status, headers: { 'content-type': 'application/problem+json', ...headers } });
}

/** An active lease of an hour, unless the test says otherwise. */
export function aLease(overrides: Partial<Lease> = {}): Lease {
  return {
    id: 'lse_1',
    status: 'active',
    endReason: null,
    holder: 'ci',
    items: [{ pool: 'web', count: 1, minimum: 1, match: {}, filter: null }],
    resources: [],
    createdAt: '2026-03-01T10:00:00.000Z',
    grantedAt: '2026-03-01T10:00:00.000Z',
    expiresAt: '2026-03-01T11:00:00.000Z',
    heartbeatBy: '2026-03-01T10:01:00.000Z',
    endedAt: null,
    position: null,
    duration: '1h',
    heartbeat: '1m',
    priority: 0,
    labels: {},
    note: '',
    on: null,
    version: 1,
    ...overrides,
  };
}
