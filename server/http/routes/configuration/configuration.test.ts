import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const CONFIG = {
  providers: [
    { name: 'hand', driver: 'static' },
    { name: 'maker', driver: 'process', ports: { from: 2_000, to: 3_000 } },
  ],
  pools: [
    {
      name: 'web',
      provider: 'maker',
      size: { desired: 2 },
      template: { command: ['serve'] },
      lease: { default: '30m', max: '8h', queue: 'priority' },
      rollout: { atOnce: 1 },
      labels: { team: 'a' },
    },
    {
      name: 'boards',
      kind: 'board',
      provider: 'hand',
      resources: [
        { name: 'b1', labels: { arch: 'arm' }, params: { ram: 8 }, addresses: ['10.0.0.7'] },
        { name: 'b2', endpoints: { ssh: 'ssh://b2' } },
      ],
    },
  ],
};

async function applied(http: HttpHarness): Promise<HttpHarness> {
  const answer = await http.post('/v1/apply', { config: CONFIG });
  expect(answer.status, answer.text).toBe(200);
  const isFull = async () => ((await http.get('/v1/pools/web')).body.resources.free === 2 ? true : undefined);
  await http.until(isFull);
  return http;
}

describe('POST /v1/plan and POST /v1/apply', () => {
  test('a plan says what would change, and changes nothing', async () => {
    await using http = await startHttp();
    const before = await http.lastEvent();
    const { status, body } = await http.post('/v1/plan', { config: CONFIG });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      applied: false,
      destructive: false,
      omitted: 0,
      totals: { create: 2, register: 2, destroy: 0, drain: 0, end: 0 },
    });
    expect(body.entries.map(({ kind, action, name }: never) => [action, kind, name])).toEqual([
      ['change', 'provider', 'maker'],
      ['create', 'pool', 'web'],
      ['create', 'pool', 'boards'],
      ['create', 'resource', 'b1'],
      ['create', 'resource', 'b2'],
    ]);
    expect(await http.lastEvent()).toBe(before);
  });

  test('applying it does what it said, and applying it again nothing', async () => {
    await using http = await applied(await startHttp());
    const before = await http.lastEvent();
    const again = await http.post('/v1/apply', { config: CONFIG, prune: true });
    expect(again.body).toMatchObject({ applied: true, entries: [] });
    expect(await http.lastEvent()).toBe(before);
  });

  test('what was agreed to is held to', async () => {
    await using http = await applied(await startHttp());
    const config = { ...CONFIG, pools: [{ ...CONFIG.pools[0], size: { desired: 0 } }] };
    const { fingerprint, destructive } = (await http.post('/v1/plan', { config })).body;
    expect(destructive).toBe(true);
    await http.call('PATCH', '/v1/pools/web', { body: { size: { desired: 3 } } });
    const refused = await http.post('/v1/apply', { config, fingerprint });
    expect(refused).toMatchObject({ status: 409, body: { code: 'plan_outdated' } });
    expect((await http.get('/v1/pools/web')).body.size).toEqual({ desired: 3 });
    const { fingerprint: next } = (await http.post('/v1/plan', { config })).body;
    expect((await http.post('/v1/apply', { config, fingerprint: next })).status).toBe(200);
  });

  test.each([
    [
      'a wrong shape',
      { pools: [{ name: 'x', provider: 'hand', sise: 1 }] },
      '/config/pools/0/sise',
      'did you mean "size"?',
    ],
    [
      'half a size',
      { pools: [{ name: 'x', provider: 'maker', size: { min: 1 } }] },
      '/config/pools/0/size',
      'has to be',
    ],
    [
      'what the core refuses',
      { pools: [{ name: 'x', provider: 'moon' }] },
      '/config/pools/0/provider',
      'configured are: hand, maker',
    ],
    [
      'a provider that is named twice',
      { providers: [CONFIG.providers[0], CONFIG.providers[0]] },
      '/config/providers/1/name',
      'a provider "hand" already',
    ],
    [
      'a pace that is none',
      { pools: [{ name: 'x', provider: 'maker', rollout: { atOnce: '0%' } }] },
      '/config/pools/0/rollout/atOnce',
      'a whole number from 0 to 1000000 or a share from 1% to 100%',
    ],
    ['no configuration', undefined, '/config', 'it has to be an object'],
    [
      'a pool that is named twice',
      { pools: [CONFIG.pools[0], { name: 'web', provider: 'maker', size: { desired: 1 } }] },
      '/config/pools/1/name',
      'a pool "web" already',
    ],
    [
      'a resource that is named twice',
      { pools: [{ name: 'x', provider: 'hand', resources: [{ name: 'a' }, { name: 'a' }] }] },
      '/config/pools/0/resources/1/name',
      'a resource "a" already',
    ],
    [
      'too deep options',
      { providers: [{ name: 'x', driver: 'y', o: [[[[[[[[[]]]]]]]]] }] },
      '/config/providers/0',
      'nested',
    ],
  ])('%s is refused at its member, and nothing is changed', async (_what, config, pointer, says) => {
    await using http = await startHttp();
    const before = await http.lastEvent();
    for (const route of ['/v1/plan', '/v1/apply']) {
      const { status, body } = await http.post(route, { config });
      expect([status < 500, body.errors[0].pointer], JSON.stringify(body)).toEqual([true, pointer]);
      expect(body.errors[0].message).toContain(says);
    }
    expect(await http.lastEvent()).toBe(before);
  });

  test('a configuration of several megabytes is taken', async () => {
    await using http = await startHttp();
    const resources = Array.from({ length: 15_000 }, (_, n) => ({
      name: `b${n}`,
      params: { text: 'x'.repeat(100) },
    }));
    const config = { pools: [{ name: 'boards', provider: 'hand', resources }] };
    const { status, body } = await http.post('/v1/plan', { config });
    expect([status, body.entries?.length, body.omitted, body.totals?.register]).toEqual([
      200, 10_000, 5_001, 15_000,
    ]);
  });
});

test('changes of ends and pauses are told as durations, and secrets that are not set are warned of', async () => {
  await using http = await startHttp();
  const pool = { name: 'a', provider: 'hand' };
  const config = (members: object, command: string[]) => ({
    providers: [{ name: 'hand', driver: 'static' }],
    workflows: [{ name: 'wipe', steps: [{ name: 'x', uses: 'exec', with: { command } }] }],
    pools: [{ ...pool, ...members }],
  });
  await http.post('/v1/apply', { config: config({ cooldown: '30s', maxAge: '1d' }, ['true']) });
  const { body } = await http.post('/v1/plan', { config: config({ cooldown: '1m' }, ['${secrets.root}']) });
  expect(body.entries).toMatchObject([
    { kind: 'workflow', changes: [{ member: 'steps.x.with.command', after: ['${secrets.root}'] }] },
    {
      kind: 'pool',
      changes: [
        { member: 'cooldown', before: '30s', after: '1m' },
        { member: 'maxAge', before: '1d', after: null },
      ],
    },
  ]);
  expect(body.warnings).toMatchObject([{ pointer: '/workflows/0/steps/0/with' }]);
});

test('changes are told in the words of the API', async () => {
  await using http = await applied(await startHttp());
  const [web] = CONFIG.pools;
  const config = {
    pools: [
      { ...web, lease: { default: '45m', max: '8h' } },
      { name: 'new', provider: 'hand', lease: { max: '2h' } },
    ],
  };
  const { body } = await http.post('/v1/plan', { config });
  expect(body.entries).toMatchObject([
    {
      name: 'web',
      changes: [
        { member: 'lease.default', before: '30m', after: '45m' },
        { member: 'lease.queue', before: 'priority', after: 'fifo' },
      ],
    },
    {
      name: 'new',
      changes: [
        { member: 'lease', after: { default: '1h', max: '2h', queue: 'fifo' } },
        { member: 'provider', after: 'hand' },
      ],
    },
  ]);
});

describe('GET /v1/config', () => {
  test('answers what was applied, without what is as by default', async () => {
    await using http = await applied(await startHttp());
    const [web, boards] = CONFIG.pools;
    expect((await http.get('/v1/config')).body).toEqual({ ...CONFIG, pools: [boards, web] });
  });

  test('has workflows, profiles and what pools say of moves, and plans to nothing with them', async () => {
    await using http = await startHttp();
    const config = {
      providers: [
        { name: 'hand', driver: 'static' },
        { name: 'maker', driver: 'process' },
      ],
      workflows: [
        {
          name: 'wipe',
          steps: [
            { name: 'clean', uses: 'exec', with: { command: ['x'] }, timeout: '5m', onFailure: 'retire' },
            { name: 'rest', uses: 'wait', with: { for: '30s' }, if: 'kind == "board"' },
            { name: 'ask', uses: 'approval', with: { message: 'Go on?' } },
          ],
        },
      ],
      profiles: [{ name: 'fast', params: { speed: 3 } }],
      pools: [
        {
          name: 'arm',
          provider: 'hand',
          parent: 'boards',
          on: { release: { verify: 'wipe', addParams: { of: '${lease.id}' } } },
          maxUses: 3,
          cooldown: '30s',
          maxAge: '30d',
        },
        { name: 'boards', provider: 'hand' },
      ],
    };
    const answer = await http.post('/v1/apply', { config });
    expect(answer.status, answer.text).toBe(200);
    const shown = (await http.get('/v1/config')).body;
    expect(shown).toEqual(config);
    const plan = await http.post('/v1/plan', { config: shown, prune: true });
    expect(plan.body).toMatchObject({ entries: [], warnings: [], destructive: false });
  });

  test('stays as it is when something was planned', async () => {
    await using http = await applied(await startHttp());
    const before = (await http.get('/v1/config')).text;
    const plan = await http.post('/v1/plan', { config: {}, prune: true });
    expect(plan.body.destructive).toBe(true);
    expect((await http.get('/v1/config')).text).toBe(before);
  });

  test('as a file for people it plans to nothing', async () => {
    await using http = await applied(await startHttp());
    await http.post('/v1/leases', { pool: 'boards' });
    const { headers, text } = await http.get('/v1/config', { headers: { accept: 'application/yaml' } });
    expect(headers['content-type']).toBe('application/yaml; charset=utf-8');
    expect(text).toMatch(/^# The configuration of a Poolkeeper server/);
    const plan = await http.post('/v1/plan', { config: parse(text), prune: true });
    expect(plan.body).toMatchObject({ entries: [], destructive: false });
  });

  test('leaves out what is being given up already', async () => {
    await using http = await applied(await startHttp());
    await http.post('/v1/leases', { pool: 'boards', count: 2 });
    await http.call('DELETE', '/v1/pools/boards');
    const { body } = await http.get('/v1/config');
    expect(body.pools.map(({ name }: { name: string }) => name)).toEqual(['web']);
  });
});
