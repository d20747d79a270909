import { expect, test } from 'vitest';
import { ApiError, createPoolkeeper, NoAnswerError } from './index.ts';
import type { Poolkeeper } from './index.ts';
import { aLease, aProblem, standInFetch } from './testing/stand-in-fetch.ts';
import type { Answer, Seen } from './testing/stand-in-fetch.ts';
import { virtualPoolkeeper } from './testing/virtual-poolkeeper.ts';

const MINUTE_MS = 60_000;

/** Makes one call against a stand-in and lets minutes pass, until the call has settled. */
async function settle(
  answer: (request: Seen, before: number) => Answer,
  call: (poolkeeper: Poolkeeper) => Promise<unknown>,
) {
  const { poolkeeper, seen, now, pass, timers } = virtualPoolkeeper(answer);
  const startedAt = now();
  let outcome: { value?: unknown; error?: unknown; tookMs: number } | undefined;
  void call(poolkeeper).then(
    (value) => (outcome = { value, tookMs: now() - startedAt }),
    (error: unknown) => (outcome = { error, tookMs: now() - startedAt }),
  );
  for (let passed = 0; outcome === undefined && passed < 10; passed += 1) await pass(MINUTE_MS);
  expect(timers()).toBe(0);
  return { ...outcome, seen };
}

const list = ({ pools }: Poolkeeper) => pools.page();
const busy = (after: string) => aProblem(503, 'store_unavailable', { 'retry-after': after });

test('a lost answer to a read is asked for again, after growing pauses, and at most five times', async () => {
  const { error, seen, tookMs } = await settle(() => 'cut', list);
  expect(error).toBeInstanceOf(NoAnswerError);
  expect(error).toMatchObject({ url: 'http://pool.example', message: 'the connection was cut' });
  expect(seen.length).toBe(5);
  expect(tookMs).toBeGreaterThanOrEqual(200 + 400 + 800 + 1_600);
});

test('what a server says about when to come again is kept to, up to a bound', async () => {
  const { value, seen } = await settle(
    (_request, before) => (before < 4 ? busy('0') : Response.json({ ok: 1 })),
    list,
  );
  expect(value).toEqual({ ok: 1 });
  expect(seen.length).toBe(5);
  const { tookMs } = await settle(
    (_request, before) => (before < 1 ? busy('99999') : Response.json({})),
    list,
  );
  expect(tookMs).toBeLessThanOrEqual(MINUTE_MS);
});

test.each<[what: string, answer: () => Answer, sent: number, expected: object]>([
  ['not now', () => busy('0'), 5, { code: 'store_unavailable', status: 503, retryAfterMs: 0 }],
  ['too much at once', () => aProblem(429, 'too_many_requests', { 'retry-after': '0' }), 5, { status: 429 }],
  ['over quota, which no repetition mends', () => aProblem(429, 'over_quota'), 1, { code: 'over_quota' }],
  ['a defect of the server', () => aProblem(500, 'internal'), 1, { code: 'internal', requestId: 'req_1' }],
  ['a code that is newer than we are', () => aProblem(409, 'brand_new'), 1, { code: 'brand_new' }],
  [
    'a proxy without a server',
    () => new Response('bad', { status: 502, headers: { 'retry-after': '0' } }),
    5,
    {
      name: 'NoAnswerError',
      message: 'the answer (status 502) is not one of a Poolkeeper server',
    },
  ],
  [
    'a page of something else',
    () => new Response('<html>'),
    1,
    {
      name: 'NoAnswerError',
      message: 'the answer is not one of a Poolkeeper server',
    },
  ],
  ['an empty answer', () => new Response(''), 1, { name: 'NoAnswerError' }],
  [
    'a redirection',
    () => new Response(null, { status: 302, headers: { location: 'https://other.example/' } }),
    1,
    {
      message: 'the answer (a redirection to https://other.example/) is not one of a Poolkeeper server',
    },
  ],
])('%s', async (_what, answer, sent, expected) => {
  const { error, seen } = await settle(answer, list);
  expect(error).toMatchObject(expected);
  expect(seen.length).toBe(sent);
});

test('an answer that does not come is given up, and asked for again', async () => {
  const { error, seen } = await settle(() => 'silence', list);
  expect(error).toMatchObject({ name: 'NoAnswerError', message: 'no answer came within 30 s' });
  expect(seen.length).toBe(5);
});

test('a server that was asked to wait has that much longer', async () => {
  const { error } = await settle(
    () => 'silence',
    ({ leases }) => leases.get('lse_1', { wait: '45s' }),
  );
  expect(error).toMatchObject({ message: 'no answer came within 75 s' });
});

test.each<[what: string, call: (poolkeeper: Poolkeeper) => Promise<unknown>]>([
  ['a token', ({ tokens }) => tokens.create({ name: 'ci', role: 'holder' })],
  ['a resource', ({ resources }) => resources.register({ pool: 'web', name: 'x' })],
  ['a skip', ({ resources }) => resources.skip('res_1')],
  ['a change for a version', ({ pools }) => pools.patch('web', {}, { ifVersion: 3 })],
])('%s is not asked for twice, whatever became of the first', async (_what, call) => {
  expect((await settle(() => 'cut', call)).seen.length).toBe(1);
  expect((await settle(() => busy('0'), call)).seen.length).toBe(1);
});

test('a request for a lease is repeated under its key', async () => {
  const { value, seen } = await settle(
    (_request, before) => (before < 2 ? 'cut' : Response.json(aLease(), { status: 201 })),
    ({ leases }) => leases.request({ pool: 'web' }),
  );
  expect(value).toMatchObject({ id: 'lse_1' });
  expect(seen.map(({ key }) => key)).toEqual(['key_1', 'key_1', 'key_1']);
});

test('what was removed by the first try is gone, and what never was is not', async () => {
  const remove = ({ pools }: Poolkeeper) => pools.remove('web');
  const missing = () => aProblem(404, 'pool_not_found');
  expect((await settle((_request, before) => (before === 0 ? 'cut' : missing()), remove)).value).toBe(null);
  expect((await settle(() => new Response(null, { status: 204 }), remove)).value).toBe(null);
  expect((await settle(missing, remove)).error).toMatchObject({ code: 'pool_not_found' });
});

test('an aborted call rejects with the reason of its signal, on the way and in a pause', async () => {
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);
  const { error, seen } = await settle(
    () => 'silence',
    ({ pools }) => pools.page({}, { signal: aborted }),
  );
  expect(error).toBe(reason);
  expect(seen.length).toBe(0);
  const during = new AbortController();
  const first = await settle(
    () => {
      during.abort(reason);
      return 'cut';
    },
    ({ pools }) => pools.page({}, { signal: during.signal }),
  );
  expect([first.error, first.seen.length]).toEqual([reason, 1]);
});

test('a list follows its pages as they are asked for, and begins anew with each loop', async () => {
  const { fetch, seen } = standInFetch(({ query }) => {
    const cursor = Number(new URLSearchParams(query).get('cursor') ?? 0);
    return Response.json({ items: [{ name: `p${cursor}` }], next: cursor < 3 ? String(cursor + 1) : null });
  });
  const { pools } = createPoolkeeper({ url: 'http://pool.example', fetch });
  const all = pools.list();
  for await (const { name } of all) if (name === 'p1') break;
  expect(seen.length).toBe(2);
  const names: string[] = [];
  for await (const { name } of all) names.push(name);
  expect(names).toEqual(['p0', 'p1', 'p2', 'p3']);
  expect(new Set(seen.map(({ query }) => new URLSearchParams(query).get('limit')))).toEqual(new Set(['500']));
});

test('a refusal has all that its problem has', async () => {
  const { error } = await settle(
    () =>
      Response.json(
        {
          type: '/errors#invalid_input',
          title: 'Wrong',
          status: 400,
          detail: 'No such thing.',
          instance: 'req_9',
          code: 'invalid_input',
          errors: [{ pointer: '/pool', message: 'A name.' }],
        },
        { status: 400 },
      ),
    list,
  );
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    name: 'ApiError',
    message: 'No such thing.',
    title: 'Wrong',
    code: 'invalid_input',
    status: 400,
    requestId: 'req_9',
    errors: [{ pointer: '/pool', message: 'A name.' }],
    retryAfterMs: undefined,
  });
});
