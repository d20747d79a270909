import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProviderWork } from '@poolkeeper/core';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { aProviderStatus } from '../testing/a-provider-status.ts';
import { startHttp } from '../testing/http-harness.ts';
import { createMetrics } from './metrics.ts';

const lane = (state: ProviderWork['breaker']['state']) =>
  aProviderStatus({
    running: 2,
    waiting: 5,
    breaker: { state, failures: 0, openUntil: null },
    filling: { isPaused: true, pausedUntil: 1_700_000_060_000 },
    rate: { waits: 3, waitedMs: 1_500 },
    attempts: { created: 7, transient: 1 },
    looks: { lastSweepAt: 1_700_000_000_000, observed: 7, failures: 0, lastError: null },
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
    'poolkeeper_provider_state{provider="maker",state="open"} 1',
    'poolkeeper_provider_state{provider="maker",state="paused"} 0',
    'poolkeeper_provider_filling_paused{provider="maker"} 1',
    'poolkeeper_provider_rate_waits_total{provider="maker"} 3',
    'poolkeeper_provider_rate_wait_seconds_total{provider="maker"} 1.5',
    'poolkeeper_provider_last_observe_timestamp_seconds{provider="maker"} 1700000000',
    'poolkeeper_http_request_duration_seconds_count{method="POST",route="/v1/leases",status="201"} 2',
    'poolkeeper_http_request_duration_seconds_count{method="GET",route="/v1/leases/:id",status="404"} 1',
  ];
  for (const value of values) expect(text.split('\n')).toContain(value);
  expect(text).toMatch(/poolkeeper_commit_batch_commands_count [1-9]/);
  expect(text).toMatch(/poolkeeper_commit_duration_seconds_count [1-9]/);
  expect(text).not.toContain('lse_');
});

test('a scrape shows what is now: what has gone is shown no more', async () => {
  let state: ProviderWork['breaker']['state'] = 'open';
  await using http = await startHttp({ providersStatus: () => [lane(state)] });
  await http.pool('web', 0);
  await http.get('/metrics');
  state = 'closed';
  await http.call('DELETE', '/v1/pools/web');
  await http.until(async () => ((await http.get('/v1/pools/web')).status === 404 ? true : undefined));
  const { text } = await http.get('/metrics');
  expect(text).toContain('poolkeeper_provider_breaker_state{provider="maker",state="closed"} 1');
  expect(text).not.toContain('poolkeeper_provider_breaker_state{provider="maker",state="open"}');
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

test('every call of a provider is shown with its result and time', async () => {
  const registry = new Registry();
  const { observeCall } = createMetrics(registry);
  observeCall({ provider: 'cloud', call: 'create', result: 'exhausted', durationMs: 200 });
  observeCall({ provider: 'cloud', call: 'observe', result: 'seen', durationMs: 20 });
  const lines = (await registry.metrics()).split('\n');
  const name = 'poolkeeper_provider_call_duration_seconds';
  expect(lines).toContain(`${name}_sum{provider="cloud",call="create",result="exhausted"} 0.2`);
  expect(lines).toContain(`${name}_bucket{le="0.25",provider="cloud",call="create",result="exhausted"} 1`);
  expect(lines).toContain(`${name}_count{provider="cloud",call="observe",result="seen"} 1`);
});

test('docs/operations.md lists every metric with its labels and meaning, no more and no less', () => {
  const registry = new Registry();
  createMetrics(registry);
  const served = (
    registry.getMetricsAsArray() as { name: string; help: string; labelNames?: string[] }[]
  ).map(
    ({ name, help, labelNames = [] }) =>
      `| \`${name}\` | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help.replace(/\.$/, '')} |`,
  );
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
  const listed = page.split('\n').filter((line) => line.startsWith('| `poolkeeper_'));
  expect(listed).toEqual(served);
});
