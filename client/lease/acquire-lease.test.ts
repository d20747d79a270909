import { expect, test } from 'vitest';
import type { AcquireInput, Lease, Waiting } from '../index.ts';
import { aLease, aProblem } from '../testing/stand-in-fetch.ts';
import type { Answer, Seen } from '../testing/stand-in-fetch.ts';
import { virtualPoolkeeper } from '../testing/virtual-poolkeeper.ts';

const ok = (lease: Lease): Answer => Response.json(lease);
const queued = aLease({ status: 'queued', grantedAt: null, expiresAt: null, position: 2 });
const ASK = 'POST /v1/leases';
const LOOK = 'GET /v1/leases/lse_1';
const END = 'DELETE /v1/leases/lse_1';

function acquire(answer: (request: Seen, before: number) => Answer, input: Partial<AcquireInput> = {}) {
  const world = virtualPoolkeeper(answer);
  const waits: Waiting[] = [];
  const outcome: { lease?: Lease; error?: unknown } = {};
  const settled = world.poolkeeper.leases
    .acquire({ pool: 'web', onWaiting: (waiting) => void waits.push(waiting), ...input })
    .then(
      (lease) => void (outcome.lease = lease),
      (error: unknown) => void (outcome.error = error),
    );
  return { ...world, waits, outcome, settled, routes: () => world.seen.map(({ route }) => route) };
}

test('a lease that is granted at once is asked for once, with what was said and nothing else', async () => {
  const { outcome, seen, pass, timers } = acquire(() => ok(aLease()), {
    count: 2,
    filter: undefined,
    duration: 90_000,
    heartbeat: '1m',
    wait: '5m',
  });
  await pass(0);
  expect(outcome.lease?.id).toBe('lse_1');
  expect(seen).toEqual([
    {
      route: ASK,
      query: '',
      key: 'key_1',
      body: { pool: 'web', count: 2, duration: '90000ms', heartbeat: '1m' },
    },
  ]);
  expect(timers()).toBe(0);
});

test('the place in the queue is told with each look, then while it is prepared heartbeats are sent', async () => {
  const answers = [queued, aLease({ ...queued, position: 1 }), aLease({ status: 'preparing' }), aLease()];
  const { outcome, waits, seen, pass } = acquire(() => ok(answers.shift() ?? aLease()));
  await pass(2_000, 500);
  expect(outcome.lease?.status).toBe('active');
  expect(waits.map(({ lease }) => [lease.status, lease.position])).toEqual([
    ['queued', 2],
    ['queued', 1],
    ['preparing', null],
  ]);
  expect(seen.map(({ route, query }) => route + query)).toEqual([
    ASK,
    `${LOOK}?wait=5000ms`,
    `${LOOK}?wait=5000ms`,
    'POST /v1/leases/lse_1/heartbeat',
  ]);
});

test('when the wait is over the request is withdrawn, also when the server says nothing', async () => {
  const { outcome, routes, pass } = acquire(({ route }) => (route === LOOK ? 'silence' : ok(queued)), {
    wait: '2s',
  });
  await pass(3_900);
  expect(outcome).toEqual({});
  await pass(200);
  expect(outcome.error).toMatchObject({
    name: 'LeaseNotGrantedError',
    reason: 'waited_too_long',
    lease: { position: 2 },
  });
  expect(routes().at(-1)).toBe(END);
});

test('a lease that ends in the queue is not waited for any more', async () => {
  const { outcome, pass } = acquire(({ route }) =>
    ok(route === ASK ? queued : aLease({ status: 'ended', endReason: 'pool_removed' })),
  );
  await pass(0);
  expect(outcome.error).toMatchObject({
    reason: 'pool_removed',
    message: 'Lease lse_1 ended before it was granted: its pool was removed.',
  });
});

test('a server that goes away meanwhile is asked on for a minute, and the trouble is told', async () => {
  const short = acquire(({ route }, before) =>
    route === LOOK && before < 12 ? 'cut' : ok(route === ASK ? queued : aLease()),
  );
  await short.pass(30_000, 200);
  expect(short.outcome.lease?.status).toBe('active');
  expect(short.waits.some(({ trouble }) => trouble?.name === 'NoAnswerError')).toBe(true);

  const long = acquire(({ route }) => (route === LOOK ? 'cut' : ok(queued)));
  await long.pass(59_000, 200);
  expect(long.outcome).toEqual({});
  await long.pass(20_000, 200);
  expect(long.outcome.error).toMatchObject({ name: 'NoAnswerError' });
  expect(long.routes().at(-1)).toBe(END);
  expect(long.timers()).toBe(0);
});

test('a refusal while it waits ends the wait', async () => {
  const { outcome, routes, pass } = acquire(({ route }) =>
    route === LOOK ? aProblem(403, 'forbidden') : ok(queued),
  );
  await pass(0);
  expect(outcome.error).toMatchObject({ code: 'forbidden' });
  expect(routes().at(-1)).toBe(END);
});

test('an aborted wait gives the lease back and rejects with the reason', async () => {
  const abort = new AbortController();
  const { outcome, routes, pass, timers } = acquire(
    ({ route }) => (route === LOOK ? 'silence' : ok(queued)),
    {
      signal: abort.signal,
    },
  );
  await pass(1_000);
  abort.abort(new Error('enough'));
  await pass(0);
  expect(outcome.error).toMatchObject({ message: 'enough' });
  expect(routes()).toEqual([ASK, LOOK, END]);
  expect(timers()).toBe(0);
});

test('aborted while it is asked for, it waits a little for the answer that says what to give back', async () => {
  const abort = new AbortController();
  const { outcome, routes, pass } = acquire(
    ({ route }, before) => (route === ASK && before === 0 ? 'cut' : ok(aLease())),
    {
      signal: abort.signal,
    },
  );
  await pass(0);
  abort.abort(new Error('enough'));
  await pass(1_000, 100);
  expect(routes()).toEqual([ASK, ASK, END]);
  expect(outcome.error).toMatchObject({ message: 'enough' });

  const silent = new AbortController();
  const never = acquire(() => 'silence', { signal: silent.signal });
  await never.pass(0);
  silent.abort(new Error('enough'));
  await never.pass(2_900);
  expect(never.outcome).toEqual({});
  await never.pass(100);
  expect(never.outcome.error).toMatchObject({ message: 'enough' });
  expect(never.timers()).toBe(0);
});

test('a listener that throws ends the wait and gives the lease back', async () => {
  const { outcome, routes, pass } = acquire(() => ok(queued), {
    onWaiting: () => {
      throw new Error('a defect of the caller');
    },
  });
  await pass(0);
  expect(outcome.error).toMatchObject({ message: 'a defect of the caller' });
  expect(routes()).toEqual([ASK, END]);
});
