import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHttp } from '../testing/http-harness.ts';
import type { HttpHarness } from '../testing/http-harness.ts';

const LEASES = 'POST /v1/leases';
const POOL = 'PUT /v1/pools/fresh';
const PATCH_POOL = 'PATCH /v1/pools/web';
const RESOURCES = 'POST /v1/resources';
const TOKENS = 'POST /v1/tokens';

const long = (length: number): string => 'x'.repeat(length);
const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));
const deep = (depth: number): object => (depth === 0 ? {} : { in: deep(depth - 1) });

/** A request, its body, the pointer that the answer has to name, and what its sentence has to say. */
type Row = [request: string, body: unknown, pointer: string, says: string | RegExp];

const ROWS: Row[] = [
  // Members that are not there, or not what they have to be.
  [LEASES, {}, '', 'items, pool'],
  [LEASES, { count: 1 }, '/items', 'items is missing'],
  [LEASES, [], '', 'the body has to be an object'],
  [LEASES, 'text', '', 'the body has to be an object'],
  [LEASES, { pool: 'web', conut: 2 }, '/conut', 'known are: items, pool, count'],
  [LEASES, { pool: 'web', resources: [] }, '/resources', 'there is no member "resources" here'],
  [LEASES, { pool: 7 }, '/pool', 'a name of 1 to 63'],
  [LEASES, { pool: '' }, '/pool', 'a name of 1 to 63'],
  [LEASES, { pool: '../etc' }, '/pool', 'a name'],
  [LEASES, { pool: 'a b' }, '/pool', 'a name'],
  [LEASES, { pool: long(64) }, '/pool', 'a name'],
  [LEASES, { pool: 'web', count: 0 }, '/count', 'a whole number from 1 to 1000'],
  [LEASES, { pool: 'web', count: -1 }, '/count', 'a whole number'],
  [LEASES, { pool: 'web', count: 1.5 }, '/count', 'a whole number'],
  [LEASES, { pool: 'web', count: '2' }, '/count', 'a whole number'],
  [LEASES, { pool: 'web', count: 1e300 }, '/count', 'a whole number'],
  [LEASES, { pool: 'web', count: 1_001 }, '/count', 'a whole number'],
  [LEASES, { pool: 'web', count: 2, minimum: 3 }, '/minimum', 'from 1 to count (2)'],
  [LEASES, { items: [] }, '/items', 'a list of 1 to 16 entries'],
  [
    LEASES,
    { items: Array.from({ length: 17 }, () => ({ pool: 'web' })) },
    '/items',
    'a list of 1 to 16 entries',
  ],
  [
    LEASES,
    {
      items: [
        { pool: 'web', count: 900 },
        { pool: 'web', count: 900 },
      ],
    },
    '/items',
    '1000',
  ],
  [LEASES, { items: [{}] }, '/items/0/pool', 'pool is missing'],
  [LEASES, { items: [null] }, '/items/0', 'entry 0 has to be an object'],
  [
    LEASES,
    { items: [{ pool: 'web', wait: '1s' }] },
    '/items/0/wait',
    'known are: pool, count, minimum, match, filter',
  ],
  [LEASES, { items: [{ pool: 'web' }], count: 2 }, '/count', 'count stands beside items'],
  [LEASES, { items: [{ pool: 'web' }], pool: 'web' }, '/pool', 'pool stands beside items'],
  [LEASES, { pool: 'web', match: { arch: 7 } }, '/match/arch', 'text'],
  [LEASES, { pool: 'web', match: { '': 'x' } }, '/match/', 'a label of 1 to 63'],
  [LEASES, { pool: 'web', match: { 'a/~b ': 'x' } }, '/match/a~1~0b ', 'a label'],
  [LEASES, { pool: 'web', match: many(65) }, '/match', 'at most 64 members'],
  [LEASES, { pool: 'web', filter: 'labels.arch ==' }, '/filter', /character|filter/i],
  [LEASES, { pool: 'web', filter: 'nonsense > 1' }, '/filter', 'nonsense'],
  [LEASES, { pool: 'web', filter: long(1_025) }, '/filter', '1 to 1024 characters'],
  [LEASES, { items: [{ pool: 'web' }, { pool: 'web', filter: ')' }] }, '/items/1/filter', /./],
  [LEASES, { pool: 'web', duration: '1 hour' }, '/duration', 'a duration such as 90s, 15m'],
  [LEASES, { pool: 'web', duration: 3_600 }, '/duration', 'a duration'],
  [LEASES, { pool: 'web', duration: '0s' }, '/duration', 'more than 0'],
  [LEASES, { pool: 'web', duration: 'P1M' }, '/duration', 'a duration'],
  [LEASES, { pool: 'web', duration: '99w' }, '/duration', 'at most 1d'],
  [LEASES, { pool: 'web', heartbeat: '0m' }, '/heartbeat', 'more than 0'],
  [LEASES, { pool: 'web', wait: '6m' }, '/wait', 'at most 5m'],
  [LEASES, { pool: 'web', priority: 1_000_001 }, '/priority', 'a whole number from -1000000 to 1000000'],
  [LEASES, { pool: 'web', labels: ['a'] }, '/labels', 'an object'],
  [LEASES, { pool: 'web', labels: { a: long(256) } }, '/labels/a', '255 characters'],
  [LEASES, { pool: 'web', labels: { [long(64)]: 'x' } }, `/labels/${long(64)}`, 'a label'],
  [LEASES, { pool: 'web', note: long(1_001) }, '/note', '1000 characters'],
  [LEASES, { pool: 'web', note: null }, '/note', 'text'],
  [LEASES, { pool: 'web', holder: 'two words' }, '/holder', 'a name of 1 to 128'],
  ['POST /v1/leases/lse_1/renew', { duration: 'soon' }, '/duration', 'a duration'],
  ['POST /v1/leases/lse_1/renew', { until: 'x' }, '/until', 'known are: duration'],
  ['GET /v1/leases/lse_1?wait=1h', undefined, '/query/wait', 'at most 5m'],
  ['GET /v1/leases/lse_1?waits=1s', undefined, '/query/waits', 'known are: wait'],
  ['GET /v1/leases?limit=0', undefined, '/query/limit', 'a whole number from 1 to 1000'],
  ['GET /v1/leases?limit=1001', undefined, '/query/limit', 'a whole number'],
  ['GET /v1/leases?limit=many', undefined, '/query/limit', 'a whole number'],
  ['GET /v1/leases?limit=', undefined, '/query/limit', 'a whole number'],
  ['GET /v1/leases?limit=1&limit=2', undefined, '/query/limit', 'a whole number'],
  ['GET /v1/leases?cursor=%20%20', undefined, '/query/cursor', 'none of ours'],
  ['GET /v1/leases?status=lost', undefined, '/query/status', 'one of queued, preparing, active'],
  ['GET /v1/resources?label=arch', undefined, '/query/label/0', 'key=value'],
  ['GET /v1/resources?__proto__=x', undefined, '/query/__proto__', 'there is no member'],
  ['GET /v1/events?after=-1', undefined, '/query/after', 'a whole number'],
  ['GET /v1/events?type=lease.lost', undefined, '/query/type/0', 'lease.granted'],
  ['GET /v1/events?cursor=bHNlXzE', undefined, '/query/cursor', 'none of a page of events'],
  // Pools.
  [POOL, undefined, '', 'needs a body'],
  [POOL, {}, '/provider', 'provider is missing'],
  [POOL, { provider: 'hand', name: 'other' }, '/name', '"fresh"'],
  [POOL, { provider: 'hand', resources: [] }, '/resources', 'known are: name, provider'],
  [POOL, { provider: 'maker', size: {} }, '/size', '{ desired }'],
  [POOL, { provider: 'maker', size: 3 }, '/size', 'an object, or null'],
  [POOL, { provider: 'maker', size: { desired: 1, max: 2 } }, '/size/max', 'beside desired'],
  [POOL, { provider: 'maker', size: { desired: -1 } }, '/size/desired', 'a whole number from 0'],
  [POOL, { provider: 'maker', size: { min: 3, max: 2 } }, '/size/min', 'at most max (2)'],
  [POOL, { provider: 'maker' }, '/size', 'needs a size'],
  [POOL, { provider: 'hand', size: { desired: 1 } }, '/size', 'makes no resources'],
  [POOL, { provider: 'hand', lease: { default: '2h', max: '1h' } }, '/lease/default', '1h'],
  [POOL, { provider: 'hand', lease: { max: '0s' } }, '/lease/max', 'more than 0'],
  [POOL, { provider: 'hand', lease: { queue: 'lifo' } }, '/lease/queue', 'one of fifo, priority, fair'],
  [POOL, { provider: 'hand', quota: { perHolder: -1 } }, '/quota/perHolder', 'a whole number'],
  [POOL, { provider: 'hand', recycle: 'burn' }, '/recycle', 'one of clean, replace'],
  [POOL, { provider: 'maker', size: { desired: 0 }, template: deep(9) }, '/template', 'nested 8 deep'],
  [
    POOL,
    { provider: 'maker', size: { desired: 0 }, template: { text: long(70_000) } },
    '/template',
    '65536 bytes',
  ],
  ['PUT /v1/pools/a%20b', { provider: 'hand' }, '/path/pool', 'a name'],
  ['PUT /v1/pools/__proto__', { provider: 'hand' }, '/path/pool', 'a name'],
  [PATCH_POOL, {}, '', 'at least one member of: provider, parent, kind'],
  [PATCH_POOL, { kind: 'account' }, '/kind', 'another kind'],
  [PATCH_POOL, { name: 'other' }, '/name', 'there is no member "name" here'],
  // Resources and tokens.
  [RESOURCES, { pool: 'web' }, '/name', 'name is missing'],
  [RESOURCES, { pool: 'web', name: 'n', params: [] }, '/params', 'an object'],
  [RESOURCES, { pool: 'web', name: 'n', params: deep(8) }, '/params', 'nested 8 deep'],
  [RESOURCES, { pool: 'web', name: 'n', params: { text: long(17_000) } }, '/params', '16384 bytes'],
  [RESOURCES, { pool: 'web', name: 'n', addresses: [''] }, '/addresses/0', '1 to 255 characters'],
  [RESOURCES, { pool: 'web', name: 'n', addresses: ['a\nb'] }, '/addresses/0', 'control characters'],
  [
    RESOURCES,
    { pool: 'web', name: 'n', addresses: Array.from({ length: 17 }, () => 'a') },
    '/addresses',
    '0 to 16 entries',
  ],
  [RESOURCES, { pool: 'web', name: 'n', endpoints: { 'a b': 'x' } }, '/endpoints/a b', 'a name'],
  ['PATCH /v1/resources/res_1', {}, '', 'at least one member'],
  ['PATCH /v1/resources/res_1', { evictable: 'yes' }, '/evictable', 'true or false'],
  ['PATCH /v1/resources/res_1', { status: 'free' }, '/status', 'known are: labels'],
  ['POST /v1/resources/res_1/move', {}, '/pool', 'pool is missing'],
  ['POST /v1/resources/res_1/hold', { reason: 'a\u0007b' }, '/reason', 'control characters'],
  [TOKENS, { name: 'x' }, '/role', 'one of admin, operator, holder, viewer'],
  [TOKENS, { name: 'x', role: 'root' }, '/role', 'one of admin'],
  [TOKENS, { name: '', role: 'viewer' }, '/name', 'a name of 1 to 128'],
  [TOKENS, { name: 'x', role: 'viewer', pools: ['web', 'web'] }, '/pools', 'twice'],
  [TOKENS, { name: 'x', role: 'viewer', pools: 'web' }, '/pools', 'a list of 0 to 1000 entries, or null'],
  [TOKENS, { name: 'x', role: 'viewer', ttl: '0s' }, '/ttl', 'more than 0'],
  [TOKENS, { name: 'x', role: 'viewer', quota: { resources: 1.5 } }, '/quota/resources', 'a whole number'],
  [TOKENS, { name: 'x', role: 'viewer', secret: 'mine' }, '/secret', 'there is no member "secret" here'],
];

describe('bad input is refused at its member, with what is allowed, and changes nothing', () => {
  let http: HttpHarness;

  beforeAll(async () => {
    http = await startHttp();
    await http.pool('web', 1);
  });
  afterAll(() => http[Symbol.asyncDispose]());

  test.each(ROWS)('%s %j', async (request, body, pointer, says) => {
    const [method, url] = request.split(' ') as ['POST', string];
    const before = await http.lastEvent();
    const json =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const { status, headers, body: problem } = await http.call(method, url, json);
    expect([status, headers['content-type']], JSON.stringify(problem)).toEqual([
      400,
      'application/problem+json',
    ]);
    const fault = problem.errors.find((error: { pointer: string }) => error.pointer === pointer);
    expect(fault, JSON.stringify(problem.errors)).toBeDefined();
    expect(fault.message).toMatch(
      typeof says === 'string' ? new RegExp(says.replaceAll(/[()[\]{}.]/g, '\\$&')) : says,
    );
    expect(await http.lastEvent()).toBe(before);
  });

  test('what is just within its bounds is taken', async () => {
    const ok = await http.post(RESOURCES.slice(5), {
      pool: 'web',
      name: long(63),
      params: deep(7),
      labels: many(64),
    });
    expect(ok.status).toBe(201);
  });

  test('all faults are named at once, up to a bound', async () => {
    const { body } = await http.post('/v1/leases', { pool: 7, count: 'x', duration: 'y', foo: 1 });
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual([
      '/count',
      '/duration',
      '/foo',
      '/pool',
    ]);
    const wild = await http.post(
      '/v1/leases',
      Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`m${n}`, 1])),
    );
    expect(wild.body.errors).toHaveLength(20);
  });

  test('a huge wrong body is told its first fault', async () => {
    const wild = await http.post(
      '/v1/leases',
      Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`m${n}`, 1])),
    );
    expect([wild.status, wild.body.errors.length]).toEqual([400, 1]);
  });

  test.each([
    ['{"pool":"web"', 'not JSON'],
    ['{"pool":"web","__proto__":{"count":2}}', '__proto__'],
    ['{"pool":"web","labels":{"__proto__":"x"}}', '__proto__'],
    ['{"pool":"web","constructor":{"prototype":{"x":1}}}', 'constructor'],
    ['\u0000', 'not JSON'],
  ])('%j is no body', async (text, says) => {
    const before = await http.lastEvent();
    const answer = await http.call('POST', '/v1/leases', {
      body: text,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    expect(answer.body.detail).toContain(says);
    expect(await http.lastEvent()).toBe(before);
  });

  test('a body that is nested as deep as a stack is no body', async () => {
    const text = `{"pool":"web","labels":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    for (const path of ['/v1/leases', '/v1/plan']) {
      const headers = { 'content-type': 'application/json' };
      const answer = await http.call('POST', path, { body: text, headers });
      expect([answer.status, answer.body.detail]).toEqual([400, 'the body may be nested 64 deep.']);
    }
  });

  test.each([
    ['if-match', '3'],
    ['if-match', 'W/"3"'],
    ['if-match', '"x"'],
    ['if-match', '"1", "2"'],
  ])('header %s: %s is refused', async (name, value) => {
    const answer = await http.call('PATCH', '/v1/pools/web', {
      body: { labels: {} },
      headers: { [name]: value },
    });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: `/headers/${name}` }] } });
  });

  test.each([long(256), 'two words', ''])('Idempotency-Key %j is refused', async (key) => {
    const answer = await http.post('/v1/leases', { pool: 'web' }, { headers: { 'idempotency-key': key } });
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/headers/idempotency-key' }] },
    });
  });

  test('Last-Event-ID that is no number is refused', async () => {
    const answer = await http.get('/v1/events', {
      headers: { accept: 'text/event-stream', 'last-event-id': 'x' },
    });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/headers/last-event-id' }] } });
  });
});
