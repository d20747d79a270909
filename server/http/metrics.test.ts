import { expect, test } from 'vitest';
import { startHttp } from '../testing/http-harness.ts';

const lane = (state: string) => ({
  provider: 'maker',
  running: 2,
  waiting: 5,
  breaker: { state, failures: 0, openUntil: null },
  attempts: { created: 7, transient: 1 },
});

test('/metrics shows the world, the store, leases, providers and HTTP', async () => {
  await using http = await startHttp({ providersStatus: () => [lane('open')] });
  await http.pool('web', 2);
  const { body: lease } = await http.post('/v1/leases', { pool: 'web', count: 2 });
  await http.post('/v1/leases', { pool: 'web' });
  await http.time.advance(60_000);
  await http.call('DELETE', `/v1/leases/${lease.id}`);
  await http.get('/v1/leases/lse_nope');
  const { status, headers, text } = await http.get('/metrics', { as: 'viewer' });
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const values = [
    'poolkeeper_pool_resources{pool="web",status="leased"} 1',
    'poolkeeper_pool_resources{pool="web",status="free"} 1',
    'poolkeeper_pool_queue_leases{pool="web"} 0',
    'poolkeeper_leases_live 1',
    'poolkeeper_leases_granted_total 2',
    'poolkeeper_leases_ended_total{reason="released"} 1',
    'poolkeeper_lease_wait_seconds_bucket{le="0.01"} 1',
    'poolkeeper_lease_wait_seconds_sum 60',
    'poolkeeper_lease_grant_resources_sum 3',
    'poolkeeper_events_total{type="lease.queued"} 1',
    'poolkeeper_commit_failures_total 0',
    'poolkeeper_jobs_running{provider="maker"} 2',
    'poolkeeper_jobs_waiting{provider="maker"} 5',
    'poolkeeper_provider_breaker_state{provider="maker",state="open"} 1',
    'poolkeeper_job_attempts_total{provider="maker",result="created"} 7',
    'poolkeeper_http_request_duration_seconds_count{method="POST",route="/v1/leases",status="201"} 2',
    'poolkeeper_http_request_duration_seconds_count{method="GET",route="/v1/leases/:id",status="404"} 1',
  ];
  for (const value of values) expect(text.split('\n')).toContain(value);
  expect(text).toMatch(/poolkeeper_commit_batch_commands_count [1-9]/);
  expect(text).toMatch(/poolkeeper_commit_duration_seconds_count [1-9]/);
  expect(text).not.toContain('lse_');
});

test('a scrape shows what is now: what has gone is shown no more', async () => {
  let state = 'open';
  await using http = await startHttp({ providersStatus: () => [lane(state)] });
  await http.pool('web', 0);
  await http.get('/metrics');
  state = 'closed';
  await http.call('DELETE', '/v1/pools/web');
  await http.until(async () => ((await http.get('/v1/pools/web')).status === 404 ? true : undefined));
  const { text } = await http.get('/metrics');
  expect(text).toContain('poolkeeper_provider_breaker_state{provider="maker",state="closed"} 1');
  expect(text).not.toContain('state="open"');
  expect(text).not.toContain('pool="web"');
  expect(text).toContain('poolkeeper_job_attempts_total{provider="maker",result="created"} 7');
});

test('pools past a bound are shown together', async () => {
  await using http = await startHttp();
  await Promise.all(
    Array.from({ length: 503 }, (_, n) =>
      http.keeper.ask({ type: 'putPool', name: `p${n}`, merge: false, spec: { provider: 'hand' } }),
    ),
  );
  const { text } = await http.get('/metrics');
  const pools = new Set(
    [...text.matchAll(/poolkeeper_pool_queue_leases\{pool="([^"]+)"\}/g)].map(([, pool]) => pool),
  );
  expect([pools.size, pools.has('_other')]).toEqual([501, true]);
});

test('can be open to everybody', async () => {
  await using http = await startHttp({ isMetricsOpen: true });
  expect((await http.get('/metrics', { as: null })).status).toBe(200);
});
