import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Cloud } from './cloud.ts';
import { aSimulatorApp } from './test-simulator.ts';
import type { VirtualTime } from '../virtual-time.ts';

let app: FastifyInstance;
let cloud: Cloud;
let time: VirtualTime;

beforeEach(() => ({ app, cloud, time } = aSimulatorApp()));
afterEach(() => app.close());

async function call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: object) {
  const options: InjectOptions = { method, url, ...(body === undefined ? {} : { payload: body }) };
  const { statusCode, body: text, headers } = await app.inject(options);
  return { status: statusCode, body: JSON.parse(text) as Record<string, unknown>, headers };
}
const control = (op: string) => call('POST', `/${op}`);

describe('control', () => {
  test.each([
    ['reset', { isDown: false, bootState: 'RUNNING' }],
    ['down', { isDown: true }],
    ['up', { isDown: false }],
    ['failStart?on=true', { isStartFailing: true }],
    ['failStart?on=false', { isStartFailing: false }],
    ['failTerminate?on=true', { isTerminateFailing: true }],
    ['failTerminate?on=false', { isTerminateFailing: false }],
    ['bootState?state=RUNNING', { bootState: 'RUNNING' }],
    ['bootState?state=PENDING', { bootState: 'PENDING' }],
    ['bootState?state=REQUESTED', { bootState: 'REQUESTED' }],
    ['latency?ms=250', { latencyMs: 250 }],
    ['bootTime?ms=250', { bootTimeMs: 250 }],
    ['endTime?ms=250', { endTimeMs: 250 }],
    ['quota?max=5', { quota: 5 }],
    ['quota', { quota: null }],
    ['throttle?perSecond=5', { throttlePerSecond: 5 }],
    ['throttle', { throttlePerSecond: null }],
  ])('%s is answered 200 with what is on then', async (op, settings) => {
    const { status, body } = await control(op);
    expect(status).toBe(200);
    expect(body).toMatchObject(settings);
    expect(cloud.settings).toMatchObject(settings);
  });

  test('a machine is made, changed, looked for and made to vanish behind the back of the API', async () => {
    const { body: spawned } = await control('spawn');
    expect(spawned).toEqual({ id: 'i-1' });
    expect(await control('exists?id=i-1')).toMatchObject({ status: 200, body: { exists: true } });
    expect((await control('setState?id=i-1&state=PENDING')).body).toMatchObject({
      id: 'i-1',
      state: 'PENDING',
    });
    const launched = await control('setLaunch?id=i-1&time=2026-01-31T12:00:00%2B01:00');
    expect(launched.body).toMatchObject({ launchTime: '2026-01-31T11:00:00.000Z' });
    expect((await control('setLaunch?id=i-1')).body).toMatchObject({ launchTime: null });
    expect((await control('setLaunch?id=i-1&time=')).body).toMatchObject({ launchTime: null });
    expect(await control('vanish?id=i-1')).toMatchObject({ status: 200 });
    expect((await control('exists?id=i-1')).body).toEqual({ exists: false });
  });

  test('what ended does not exist, though it is still listed', async () => {
    cloud.spawn();
    await call('DELETE', '/machines/i-1');
    expect((await call('GET', '/machines/i-1')).body).toMatchObject({ state: 'TERMINATED' });
    expect((await control('exists?id=i-1')).body).toEqual({ exists: false });
  });

  test.each([
    ['failStart', 'on: is missing. Allowed are true, false.'],
    ['failTerminate?on=yes', 'on: is not allowed. Allowed are true, false.'],
    ['bootState?state=TERMINATED', 'state: is not allowed. Allowed are RUNNING, PENDING, REQUESTED.'],
    [
      'setState?id=i-1',
      'state: is missing. Allowed are REQUESTED, REJECTED, PENDING, RUNNING, TERMINATING, TERMINATED.',
    ],
    ['setState?state=RUNNING', 'id: is missing. Needed is the id of a machine'],
    ['setState?id=i-1&state=RUNNING&force=1', 'force: is not known here. Allowed are id, state.'],
    [
      'setLaunch?id=i-1&time=yesterday',
      'time: is not allowed. Allowed is an instant such as 2026-01-31T12:00:00Z',
    ],
    ['setLaunch?id=i-1&time=2026-13-01T12:00:00Z', 'time: there is no instant 2026-13-01T12:00:00Z.'],
    ['setLaunch?id=i-1&time=2026-02-31T12:00:00Z', 'time: there is no instant 2026-02-31T12:00:00Z.'],
    ['vanish', 'id: is missing.'],
    ['exists?id=', 'id: is not allowed.'],
    ['down?now=1', 'now: is not known here. There are no parameters here.'],
    ['latency?ms=-1', 'ms: is not allowed. Allowed are whole milliseconds, 0 to 600000.'],
    [
      'quota?max=many',
      'max: is not allowed. Allowed is nothing, for no quota, or whole numbers, 0 to 100000.',
    ],
    ['throttle?perSecond=0', 'perSecond: is not allowed.'],
  ])('%s is refused with 400, the parameter and what is allowed', async (op, message) => {
    cloud.spawn();
    const { status, body } = await control(op);
    expect(status).toBe(400);
    expect(body['code']).toBe('invalid');
    expect(body['message']).toContain(message);
  });

  test.each(['setState?id=i-9&state=RUNNING', 'setLaunch?id=i-9', 'vanish?id=i-9'])(
    '%s is answered 404: there is no such machine',
    async (op) => {
      expect(await control(op)).toMatchObject({
        status: 404,
        body: { message: 'id: there is no machine i-9.' },
      });
    },
  );

  test.each([
    ['application/json', ''],
    ['application/x-www-form-urlencoded', 'on=true'],
    ['text/plain', 'x'],
  ])('a body of %s that a client sends along is of no effect', async (type, payload) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/down',
      headers: { 'content-type': type },
      payload,
    });
    expect(answer.statusCode).toBe(200);
    expect(cloud.settings.isDown).toBe(true);
  });

  test('works while the cloud is down', async () => {
    await control('down');
    expect(await call('GET', '/machines')).toMatchObject({ status: 503, body: { code: 'down' } });
    expect(await call('POST', '/machines', {})).toMatchObject({ status: 503 });
    expect((await control('spawn')).status).toBe(200);
    await control('up');
    expect((await call('GET', '/machines')).body).toMatchObject({ machines: [{ id: 'i-1' }], next: null });
  });
});

describe('the API', () => {
  test('makes, shows, lists and ends machines; a repeated creation is answered 200', async () => {
    const machine = { clientToken: 'a', size: 'large', region: 'north', tags: { owner: 'ann' } };
    const made = await call('POST', '/machines', machine);
    expect(made).toMatchObject({ status: 201, body: { id: 'i-1', size: 'large', region: 'north' } });
    expect(await call('POST', '/machines', machine)).toMatchObject({ status: 200, body: made.body });
    expect((await call('GET', '/machines/i-1')).body).toEqual(made.body);
    expect((await call('GET', '/machines?tag=owner=ann&limit=1')).body).toEqual({
      machines: [made.body],
      next: null,
    });
    expect((await call('GET', '/machines?tag=owner=bob')).body).toEqual({ machines: [], next: null });
    expect(await call('DELETE', '/machines/i-1')).toMatchObject({
      status: 200,
      body: { state: 'TERMINATED' },
    });
    expect((await call('DELETE', '/machines/i-1')).status).toBe(200);
    expect(await call('DELETE', '/machines/i-2')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test('replaces tags, and changes single ones', async () => {
    await call('POST', '/machines', { tags: { owner: 'ann', site: 'berlin' } });
    expect((await call('PATCH', '/machines/i-1/tags', { owner: null, rank: '1' })).body).toMatchObject({
      tags: { site: 'berlin', rank: '1' },
    });
    expect((await call('PUT', '/machines/i-1/tags', { owner: 'a=b' })).body).toMatchObject({
      tags: { owner: 'a=b' },
    });
    expect((await call('GET', '/machines/i-1/tags')).body).toEqual({ owner: 'a=b' });
    expect((await call('GET', '/machines?tag=owner=a=b')).body).toMatchObject({ machines: [{ id: 'i-1' }] });
    const many = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`tag-${index}`, '']));
    expect(await call('PATCH', '/machines/i-1/tags', many)).toMatchObject({
      status: 400,
      body: { message: 'tags: a machine has at most 32.' },
    });
  });

  test.each([
    ['POST', '/machines', { colour: 'red' }, 'colour: is not known here. Allowed are clientToken, size,'],
    ['POST', '/machines', { tags: 'many' }, 'tags: is not allowed. Needed is an object of at most 32 texts'],
    ['POST', '/machines', { bootTimeMs: 1e9 }, 'bootTimeMs: is not allowed.'],
    [
      'GET',
      '/machines?limit=1001',
      undefined,
      'limit: is not allowed. Allowed are whole numbers from 1 to 1000.',
    ],
    ['GET', '/machines?tag=owner', undefined, 'Allowed are filters such as tag=owner=ann.'],
    [
      'GET',
      '/machines?state=RUNNING',
      undefined,
      'state: is not known here. Allowed are tag, limit, cursor.',
    ],
  ] as const)(
    '%s %s %j is refused with the member and what is allowed',
    async (method, url, body, message) => {
      const answer = await call(method, url, body);
      expect(answer.status).toBe(400);
      expect(answer.body['message']).toContain(message);
    },
  );

  test('tells failures apart: over the quota, throttled, cannot be started, cannot be ended', async () => {
    cloud.spawn();
    Object.assign(cloud.settings, { quota: 1 });
    expect(await call('POST', '/machines', {})).toMatchObject({
      status: 409,
      body: { code: 'quota_exceeded' },
    });
    Object.assign(cloud.settings, { quota: null, isStartFailing: true, isTerminateFailing: true });
    expect(await call('POST', '/machines', {})).toMatchObject({
      status: 500,
      body: { code: 'start_failed' },
    });
    expect(await call('DELETE', '/machines/i-1')).toMatchObject({
      status: 500,
      body: { code: 'terminate_failed' },
    });
    Object.assign(cloud.settings, { throttlePerSecond: 1 });
    expect((await call('GET', '/machines')).status).toBe(200);
    const throttled = await call('GET', '/machines');
    expect(throttled).toMatchObject({ status: 429, body: { code: 'throttled', retryAfterMs: 1_000 } });
    expect(throttled.headers['retry-after']).toBe('1');
  });

  test('does the work of a call at once, and is late with the answer', async () => {
    cloud.settings.latencyMs = 500;
    const answer = call('POST', '/machines', { answerAfterMs: 1_000 });
    await expect.poll(() => cloud.countByState()).toEqual({ RUNNING: 1 });
    await expect.poll(() => time.pending).toBe(1);
    await time.advance(1_000);
    await expect.poll(() => time.pending).toBe(1);
    await time.advance(500);
    expect((await answer).status).toBe(201);
  });
});

test('GET / says in words what is on and what there is, GET /status the same for programs', async () => {
  cloud.spawn();
  await control('failStart?on=true');
  await control('latency?ms=20');
  await call('GET', '/nowhere');
  const { body, statusCode } = await app.inject({ method: 'GET', url: '/' });
  expect(statusCode).toBe(200);
  for (const words of [
    'Machines: 1 RUNNING.',
    'No machine can be started.',
    'Every answer is 20 ms late.',
    'vanish?id=',
  ]) {
    expect(body).toContain(words);
  }
  await control('reset');
  await call('GET', '/machines');
  expect((await call('GET', '/status')).body).toMatchObject({
    machines: {},
    troubles: [],
    calls: { 'GET /machines': 1 },
  });
  expect((await app.inject({ method: 'GET', url: '/' })).body).toContain('Machines: none.\nAll is well.');
});

test('what does not exist is answered 404 with where to look', async () => {
  expect(await control('explode')).toMatchObject({
    status: 404,
    body: { code: 'no_such_route', message: 'There is no POST /explode. GET / says what there is.' },
  });
});
