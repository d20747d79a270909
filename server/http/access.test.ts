import { stepDefaults } from '@poolkeeper/core';
import type { Role } from '@poolkeeper/core';
import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';
import { guardRoutes } from './routing.ts';
import type { App } from './parts.ts';
import { startHttp } from '../testing/http-harness.ts';
import type { Answer, HttpHarness } from '../testing/http-harness.ts';
import Fastify from 'fastify';
import { Registry } from 'prom-client';

const ROLES: readonly Role[] = ['admin', 'operator', 'holder', 'viewer', 'runner'];
const EVERYBODY: readonly Role[] = ['admin', 'operator', 'holder', 'viewer'];
const RUNNERS: readonly Role[] = ['runner'];
const LENDERS: readonly Role[] = ['admin', 'operator', 'holder'];
const OVERSEERS: readonly Role[] = ['admin', 'operator', 'viewer'];
const OPERATORS: readonly Role[] = ['admin', 'operator'];
const ADMINS: readonly Role[] = ['admin'];

type Case = { roles: readonly Role[] | 'open'; body?: object };

/** Who may use what, written down a second time: a route that is not here, or differs, fails. */
const CASES: Readonly<Record<string, Case>> = {
  'GET /': { roles: 'open' },
  'GET /healthz': { roles: 'open' },
  'GET /readyz': { roles: 'open' },
  'GET /openapi.json': { roles: 'open' },
  'GET /docs': { roles: 'open' },
  'GET /docs/': { roles: 'open' },
  'GET /docs/js/scalar.js': { roles: 'open' },
  'GET /errors': { roles: 'open' },
  'GET /.well-known/poolkeeper-keys.json': { roles: 'open' },
  'GET /metrics': { roles: OVERSEERS },
  'POST /v1/leases': { roles: LENDERS, body: { pool: 'web' } },
  'GET /v1/leases': { roles: EVERYBODY },
  'GET /v1/leases/:id': { roles: EVERYBODY },
  'DELETE /v1/leases/:id': { roles: LENDERS },
  'POST /v1/leases/:id/renew': { roles: LENDERS },
  'POST /v1/leases/:id/heartbeat': { roles: LENDERS },
  // Whoever lends may have a lease; this one is the holder's.
  'GET /v1/leases/:id/credentials': { roles: ['holder'] },
  'GET /v1/leases/:id/explain': { roles: EVERYBODY },
  'GET /v1/pools': { roles: EVERYBODY },
  'GET /v1/pools/:pool': { roles: EVERYBODY },
  'PUT /v1/pools/:pool': { roles: ADMINS, body: { provider: 'hand' } },
  'PATCH /v1/pools/:pool': { roles: OPERATORS, body: { size: null } },
  'DELETE /v1/pools/:pool': { roles: ADMINS },
  'GET /v1/pools/:pool/explain': { roles: EVERYBODY },
  'POST /v1/pools/:pool/add': { roles: OPERATORS, body: { from: 'web' } },
  'POST /v1/pools/:pool/remove': { roles: OPERATORS, body: { to: 'web' } },
  'GET /v1/ledger': { roles: OVERSEERS },
  'GET /v1/providers': { roles: EVERYBODY },
  'GET /v1/providers/:provider': { roles: EVERYBODY },
  'GET /v1/resources': { roles: EVERYBODY },
  'POST /v1/resources': { roles: OPERATORS, body: { pool: 'web', name: 'new' } },
  'POST /v1/resources/actions': {
    roles: OPERATORS,
    body: { action: 'retry', reason: 'it was mended', held: true },
  },
  'GET /v1/resources/:id': { roles: EVERYBODY },
  'PATCH /v1/resources/:id': { roles: OPERATORS, body: { labels: {} } },
  'DELETE /v1/resources/:id': { roles: OPERATORS },
  'GET /v1/resources/:id/credentials': { roles: OPERATORS },
  'PUT /v1/resources/:id/credentials': { roles: OPERATORS, body: { current: { apikey: 'k' } } },
  'DELETE /v1/resources/:id/credentials': { roles: OPERATORS },
  'POST /v1/resources/:id/move': { roles: OPERATORS, body: { pool: 'web' } },
  'POST /v1/resources/:id/hold': { roles: OPERATORS },
  'POST /v1/resources/:id/retry': { roles: OPERATORS },
  'POST /v1/resources/:id/skip': { roles: OPERATORS },
  'POST /v1/resources/:id/quarantine': { roles: OPERATORS },
  'POST /v1/resources/:id/retire': { roles: OPERATORS },
  'GET /v1/resources/:id/explain': { roles: OVERSEERS },
  'GET /v1/resources/:id/events': { roles: OVERSEERS },
  'GET /v1/resources/:id/turnovers': { roles: OVERSEERS },
  'GET /v1/resources/:id/turnovers/export': { roles: OVERSEERS },
  'GET /v1/runs': { roles: OVERSEERS },
  'GET /v1/runs/:id': { roles: OVERSEERS },
  'GET /v1/runs/:id/log': { roles: OVERSEERS },
  'POST /v1/runs/:id/approve': { roles: OPERATORS },
  'POST /v1/runs/:id/deny': { roles: OPERATORS, body: { reason: 'not yet' } },
  'POST /v1/signing-keys/rotate': { roles: ADMINS },
  'PUT /v1/providers/:provider': { roles: ADMINS, body: { driver: 'static' } },
  'DELETE /v1/providers/:provider': { roles: ADMINS },
  'GET /v1/workflows': { roles: OVERSEERS },
  'GET /v1/workflows/:workflow': { roles: OVERSEERS },
  'PUT /v1/workflows/:workflow': { roles: ADMINS, body: { steps: [{ name: 'look', uses: 'exec' }] } },
  'DELETE /v1/workflows/:workflow': { roles: ADMINS },
  'GET /v1/profiles': { roles: OVERSEERS },
  'GET /v1/profiles/:profile': { roles: OVERSEERS },
  'PUT /v1/profiles/:profile': { roles: ADMINS, body: { params: { speed: 3 } } },
  'DELETE /v1/profiles/:profile': { roles: ADMINS },
  'POST /v1/plan': { roles: ADMINS, body: { config: {} } },
  'POST /v1/apply': { roles: ADMINS, body: { config: {} } },
  'GET /v1/config': { roles: ADMINS },
  'GET /v1/runners': { roles: OVERSEERS },
  'POST /v1/runner/claims': { roles: RUNNERS, body: { name: 'one', wait: '0s' } },
  'POST /v1/runner/jobs/:id/heartbeat': { roles: RUNNERS, body: { fence: 1 } },
  'POST /v1/runner/jobs/:id/output': {
    roles: RUNNERS,
    body: { fence: 1, chunks: [{ seq: 1, stream: 'note', data: '' }] },
  },
  'POST /v1/runner/jobs/:id/result': {
    roles: RUNNERS,
    body: {
      fence: 1,
      isPassed: true,
      mayRetry: false,
      durationMs: 1,
      exitCode: null,
      outputDigest: null,
      outputBytes: 0,
      evidence: null,
      error: null,
    },
  },
  'POST /v1/runner/jobs/:id/release': { roles: RUNNERS, body: { fence: 1 } },
  'GET /v1/secrets': { roles: ADMINS },
  'GET /v1/secrets/:name': { roles: ADMINS },
  'PUT /v1/secrets/:name': { roles: ADMINS, body: { value: 'x' } },
  'DELETE /v1/secrets/:name': { roles: ADMINS },
  'GET /v1/tokens': { roles: ADMINS },
  'POST /v1/tokens': { roles: ADMINS, body: { name: 'new', role: 'viewer' } },
  'GET /v1/tokens/self': { roles: EVERYBODY },
  'GET /v1/tokens/:id': { roles: ADMINS },
  'DELETE /v1/tokens/:id': { roles: ADMINS },
  'GET /v1/webhooks': { roles: ADMINS },
  'GET /v1/webhooks/:webhook': { roles: ADMINS },
  'PUT /v1/webhooks/:webhook': {
    roles: ADMINS,
    body: { url: 'http://127.0.0.1:9/', events: { types: ['*'] } },
  },
  'DELETE /v1/webhooks/:webhook': { roles: ADMINS },
  'POST /v1/webhooks/:webhook/test': { roles: ADMINS },
  'POST /v1/webhooks/:webhook/retry': { roles: ADMINS },
  'GET /v1/events': { roles: EVERYBODY },
  'GET /v1/cluster': { roles: OVERSEERS },
  'POST /v1/cluster/step-down': { roles: ADMINS },
  'POST /v1/cluster/resume': { roles: ADMINS, body: { acceptLoss: true } },
};

async function startWithRoutes(): Promise<{ http: HttpHarness; routes: string[] }> {
  const routes: string[] = [];
  const http = await startHttp({
    onRoute: ({ method, url }: RouteOptions) => {
      if (method !== 'HEAD') routes.push(`${String(method)} ${url}`);
    },
  });
  return { http, routes };
}

test('every route has a case here, and every case a route', async () => {
  const { http, routes } = await startWithRoutes();
  await using _closing = http;
  expect(routes.toSorted()).toEqual(Object.keys(CASES).toSorted());
});

test('HEAD needs what GET needs', async () => {
  await using http = await startHttp();
  expect((await http.call('HEAD', '/v1/pools', { as: null })).status).toBe(401);
  expect((await http.call('HEAD', '/v1/tokens', { as: 'viewer' })).status).toBe(403);
  expect((await http.call('HEAD', '/v1/pools', { as: 'viewer' })).status).toBe(200);
});

test('a route that declares no access keeps the application from starting', () => {
  const app = Fastify() as unknown as App;
  guardRoutes(app, {
    keeper: { findToken: () => undefined },
    isClosing: () => false,
    metrics: createMetrics(new Registry()),
  });
  expect(() => app.get('/secret', async () => 'oops')).toThrow(
    'route GET /secret does not declare its access',
  );
});

type Started = {
  http: HttpHarness;
  call: (as: string | null, headers?: Record<string, string>) => Promise<Answer>;
};

/** A server with a pool, a lease of `holder` and a token, and what calls the route on them. */
async function startCase(route: string, body: object | undefined): Promise<Started> {
  const [method = '', pattern = ''] = route.split(' ');
  const http = await startHttp();
  const [resource] = await http.pool('web', 2);
  const items = [{ pool: 'web', count: 1 }];
  const { id: lease } = await http.keeper.ask({ type: 'requestLease', holder: 'holder', items });
  const step = { name: 'look', uses: 'exec', ...stepDefaults('exec') } as const;
  await http.keeper.ask({ type: 'putWorkflow', spec: { name: 'wipe', steps: [step] } });
  await http.keeper.ask({ type: 'putProfile', spec: { name: 'fast', params: {} } });
  const spare = await http.token('spare', 'viewer');
  const id = pattern.includes('leases') ? lease : pattern.includes('tokens') ? spare : resource?.id;
  const url = pattern
    .replace(':pool', 'web')
    .replace(':provider', 'hand')
    .replace(':workflow', 'wipe')
    .replace(':profile', 'fast')
    .replace(':name', 'word')
    .replace(':id', id ?? '');
  const sent = body === undefined ? {} : { body };
  return { http, call: (as, headers = {}) => http.call(method as 'GET', url, { as, headers, ...sent }) };
}

const OPEN = Object.keys(CASES).filter((route) => CASES[route]?.roles === 'open');
const GUARDED = Object.entries(CASES).flatMap(([route, { roles, body }]) =>
  roles === 'open' ? [] : [[route, roles, body] as const],
);

test.each(OPEN)('%s is open', async (route) => {
  const { http, call } = await startCase(route, undefined);
  await using _closing = http;
  expect((await call(null)).status).toBeLessThan(400);
  // A token that is none is no reason to refuse what needs none.
  expect((await call('pk_garbage')).status).toBeLessThan(400);
});

/** J15 is held here too: a runner's token opens the routes of its work and no other. */
describe.each(GUARDED)('%s', (route, roles, body) => {
  let started: Started;

  beforeAll(async () => {
    started = await startCase(route, body);
  });
  afterAll(() => started.http[Symbol.asyncDispose]());

  test('needs a token that is valid', async () => {
    const revoked = await started.http.token('revoked', 'admin');
    await started.http.keeper.ask({ type: 'revokeToken', token: revoked });
    await started.http.token('expired', 'admin', { ttlMs: 1_000 });
    await started.http.time.advance(1_000);
    await started.http.until(async () =>
      (await started.http.keeper.read((world) => world.tokenByName.has('expired'))) ? undefined : true,
    );
    const before = await started.http.lastEvent();
    const refused = [
      await started.call(null),
      await started.call('pk_garbage'),
      await started.call('revoked'),
      await started.call('expired'),
      await started.call(null, { authorization: `Basic ${started.http.secrets.get('admin')}` }),
      await started.call(null, { authorization: 'Bearer' }),
      await started.call(null, { authorization: `Bearer ${'x'.repeat(4_000)}` }),
      await started.call(null, { authorization: `Bearer  ${started.http.secrets.get('admin')}` }),
    ];
    for (const { status, body: problem, headers } of refused) {
      expect([status, problem.code]).toEqual([401, 'unauthenticated']);
      expect(headers['www-authenticate']).toMatch(/^Bearer realm="poolkeeper"/);
    }
    expect(await started.http.lastEvent()).toBe(before);
  });

  test.each(ROLES)(`${roles.join(', ')} may use it: as %s`, async (role) => {
    const before = await started.http.lastEvent();
    const { status, body: answer } = await started.call(role);
    if (roles.includes(role)) return expect([401, 403, 500]).not.toContain(status);
    expect([status, answer.code]).toEqual([403, 'forbidden']);
    expect(await started.http.lastEvent()).toBe(before);
  });
});
