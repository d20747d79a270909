import { describe, expect, test } from 'vitest';
import { createBoskosHealthApp, createBoskosMetricsApp } from './side-apps.ts';
import { startBoskos } from './testing/boskos-harness.ts';
import type { BoskosHarness } from './testing/boskos-harness.ts';

async function scrape({ keeper, metrics }: BoskosHarness): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const app = createBoskosMetricsApp({ keeper, metrics });
  stack.defer(() => app.close());
  const { statusCode, payload } = await app.inject('/metrics');
  expect(statusCode).toBe(200);
  return payload.split('\n');
}

const linesOf = (lines: readonly string[], name: string): string[] =>
  lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
const boundsOf = (lines: readonly string[], name: string): string[] => [
  ...new Set(linesOf(lines, `${name}_bucket`).map((line) => /le="([^"]+)"/.exec(line)?.[1] ?? '')),
];

describe('the gauge of resources', () => {
  test('has every known state, and other only where something is in another', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a', 'b']);
    await boskos.type('empty');
    const known = ['busy', 'cleaning', 'dirty', 'free', 'leased', 'toBeDeleted', 'tombstone'];
    expect(linesOf(await scrape(boskos), 'boskos_resources')).toEqual(
      known.map((state) => `boskos_resources{type="t",state="${state}"} ${state === 'free' ? 2 : 0}`),
    );
    await boskos.acquire({ dest: 'noSchedule' });
    expect(linesOf(await scrape(boskos), 'boskos_resources')).toContain(
      'boskos_resources{type="t",state="other"} 1',
    );
  });

  test('is what is there when it is asked for', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    const lines = linesOf(await scrape(boskos), 'boskos_resources');
    expect(lines).toContain('boskos_resources{type="t",state="busy"} 1');
    expect(lines).toContain('boskos_resources{type="t",state="free"} 0');
  });
});

test('the length of a queue counts those who still ask', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a']);
  await boskos.acquire({});
  await boskos.acquire({ request_id: '1' });
  await boskos.time.advance(20_000);
  await boskos.acquire({ request_id: '2' });
  const line = (count: number): string => `boskos_queue_length{type="t",state="free"} ${count}`;
  expect(await scrape(boskos)).toContain(line(2));
  await boskos.time.advance(20_000);
  expect(await scrape(boskos)).toContain(line(1));
});

test('the time until something was taken is counted for what was taken, in the buckets of the original', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a']);
  await boskos.acquire({});
  await boskos.acquire({ request_id: '1' });
  await boskos.time.advance(5_000);
  await boskos.release('a');
  await boskos.acquire({ request_id: '1' });
  const lines = await scrape(boskos);
  const name = 'boskos_acquire_duration_seconds';
  expect(boundsOf(lines, name)).toEqual(['1', '10', '100', '500', '1000', '1500', '2000', '+Inf']);
  const labels = 'type="t",state="free",dest="busy",has_request_id';
  expect(linesOf(lines, `${name}_sum`)).toEqual([
    `${name}_sum{${labels}="false"} 0`,
    `${name}_sum{${labels}="true"} 5`,
  ]);
});

test('requests are counted by path, method, status and user agent, in the buckets of the original', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a']);
  await boskos.send('GET', '/metric?type=t', { headers: { 'User-Agent': 'Go-http-client/1.1' } });
  await boskos.send('GET', '/typo/acquire');
  const size = 'boskos_http_response_size_bytes';
  const labels = 'path="/metric",method="GET",status="200",user_agent="Go-http-client/1.1"';
  await expect.poll(async () => linesOf(await scrape(boskos), `${size}_count`)).toHaveLength(2);
  const lines = await scrape(boskos);
  expect(linesOf(lines, `${size}_count`)).toEqual([
    `${size}_count{${labels}} 1`,
    `${size}_count{path="unmatched",method="GET",status="200",user_agent=""} 1`,
  ]);
  expect(linesOf(lines, `${size}_sum`)[0]).toBe(
    `${size}_sum{${labels}} ${'{"type":"t","current":{"free":1},"owner":{"":1}}'.length}`,
  );
  const powers = [128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536];
  expect(boundsOf(lines, size)).toEqual([...powers.map(String), '+Inf']);
  const seconds = boundsOf(lines, 'boskos_http_request_duration_seconds');
  expect(seconds.slice(0, 3)).toEqual(['0.005', '0.0078125', '0.015625']);
  expect(seconds.slice(-3)).toEqual(['1024', '1200', '+Inf']);
});

test('values that clients choose are told apart up to a bound', async () => {
  await using boskos = await startBoskos();
  for (let n = 0; n < 120; n += 1)
    await boskos.app.inject({ url: '/', headers: { 'user-agent': `agent-${n}` } });
  const agents = linesOf(await scrape(boskos), 'boskos_http_response_size_bytes_count');
  expect(agents).toHaveLength(101);
  expect(agents.at(-1)).toContain('user_agent="_other"} 20');
});

describe('health', () => {
  test.each([
    [false, null, 404, '404 page not found\n'],
    [true, null, 200, 'OK'],
    [true, 'the store takes no writes', 503, 'ReadinessCheck failed: the store takes no writes'],
  ])('that is ready: %s with the trouble %s is %i', async (isReady, trouble, status, text) => {
    await using stack = new AsyncDisposableStack();
    const app = createBoskosHealthApp({ isReady: () => isReady, trouble: () => trouble });
    stack.defer(() => app.close());
    const ready = await app.inject('/healthz/ready');
    expect([ready.statusCode, ready.payload]).toEqual([status, text]);
    const alive = await app.inject('/healthz');
    expect([alive.statusCode, alive.payload]).toEqual([200, 'OK']);
    expect((await app.inject('/')).statusCode).toBe(404);
  });
});
