import { expect, test } from 'vitest';
import type { HeldLease, Lease, LeaseInput, LeaseNotice } from '../index.ts';
import { aLease, aProblem } from '../testing/stand-in-fetch.ts';
import type { Answer, Seen } from '../testing/stand-in-fetch.ts';
import { virtualPoolkeeper } from '../testing/virtual-poolkeeper.ts';

const MINUTE_MS = 60_000;
const ok = (lease: Lease): Answer => Response.json(lease);
const ASK = 'POST /v1/leases';
const LOOK = 'GET /v1/leases/lse_1';
const BEAT = 'POST /v1/leases/lse_1/heartbeat';
const RENEW = 'POST /v1/leases/lse_1/renew';
const END = 'DELETE /v1/leases/lse_1';

/** A lease that lasts so many minutes from its grant. */
const lasting = (minutes: number, overrides: Partial<Lease> = {}): Lease =>
  aLease({
    expiresAt: new Date(Date.parse('2026-03-01T10:00:00.000Z') + minutes * MINUTE_MS).toISOString(),
    ...overrides,
  });

async function hold(answer: (request: Seen, before: number) => Answer, input: Partial<LeaseInput> = {}) {
  const world = virtualPoolkeeper(answer);
  const notices: LeaseNotice[] = [];
  const asked = world.poolkeeper.lease({
    pool: 'web',
    onNotice: (notice) => void notices.push(notice),
    ...input,
  });
  await world.pass(0);
  const lease: HeldLease = await asked;
  const count = (route: string) => world.seen.filter((request) => request.route === route).length;
  return { ...world, lease, notices, count };
}

test('a held lease says three times in each interval that its holder lives', async () => {
  const { lease, count, seen, pass, timers } = await hold(() => ok(aLease()));
  expect(seen[0]?.body).toEqual({ pool: 'web', heartbeat: '1m' });
  await pass(10 * MINUTE_MS, 10_000);
  expect(count(BEAT)).toBe(30);
  expect(lease.signal.aborted).toBe(false);
  const disposed = lease[Symbol.asyncDispose]();
  await pass(0);
  await disposed;
  expect([count(END), timers()]).toEqual([1, 0]);
});

test('it is renewed when half of its time is over, until the pool allows no more, which is told', async () => {
  const { notices, count, pass } = await hold(({ route }, before) => {
    if (route === RENEW && before > 0) return aProblem(409, 'lease_at_maximum');
    return ok(lasting(route === ASK ? 10 : count(RENEW) > 0 ? 15 : 10));
  });
  await pass(5 * MINUTE_MS, 5_000);
  expect(count(RENEW)).toBe(0);
  await pass(1 * MINUTE_MS, 5_000);
  expect(count(RENEW)).toBe(1);
  await pass(6 * MINUTE_MS, 5_000);
  expect(count(RENEW)).toBe(2);
  expect(notices).toMatchObject([{ kind: 'at_maximum', lease: { id: 'lse_1' } }]);
});

test('for a duration that was asked for it is not renewed', async () => {
  const { count, pass } = await hold(() => ok(lasting(2)), { duration: '2m' });
  await pass(110_000, 5_000);
  expect(count(RENEW)).toBe(0);
});

test.each([
  ['lease_not_found', 'released', 'Lease lse_1 is lost: somebody released it.'],
  ['lease_not_active', 'expired', 'Lease lse_1 is lost: its time was over.'],
] as const)(
  'a heartbeat refused with %s means that it is lost, and the signal says why',
  async (code, endReason, text) => {
    const { lease, count, pass, timers } = await hold(({ route }) => {
      if (route === BEAT) return aProblem(404, code);
      return ok(aLease(route === LOOK ? { status: 'ended', endReason } : {}));
    });
    await pass(20_000);
    expect(lease.signal.reason).toMatchObject({
      name: 'LeaseLostError',
      leaseId: 'lse_1',
      reason: endReason,
      message: text,
    });
    await lease[Symbol.asyncDispose]();
    await lease.release();
    expect([count(END), timers()]).toEqual([0, 0]);
  },
);

test('why it is lost is asked for a moment only', async () => {
  const { lease, pass } = await hold(({ route }) => {
    if (route === BEAT) return aProblem(404, 'lease_not_found');
    return route === LOOK ? 'silence' : ok(aLease());
  });
  await pass(20_000);
  expect(lease.signal.aborted).toBe(false);
  await pass(3_000);
  expect(lease.signal.reason).toMatchObject({
    reason: null,
    message: 'Lease lse_1 is lost: It says lease_not_found.',
  });
});

test('an answer that shows the lease as ended means that it is lost', async () => {
  const { lease, pass } = await hold(({ route }) =>
    ok(aLease(route === BEAT ? { status: 'ending', endReason: 'heartbeat_missed' } : {})),
  );
  await pass(20_000);
  expect(lease.signal.reason).toMatchObject({ reason: 'heartbeat_missed' });
});

test('silence alone loses nothing: it is tried on, more often, and told once', async () => {
  let isAway = true;
  const { lease, notices, count, pass } = await hold(({ route }) =>
    route === BEAT && isAway ? 'cut' : ok(aLease()),
  );
  await pass(10 * MINUTE_MS, 1_000);
  expect(lease.signal.aborted).toBe(false);
  expect(count(BEAT)).toBeGreaterThan(60);
  isAway = false;
  await pass(MINUTE_MS, 1_000);
  expect(notices.map(({ kind }) => kind)).toEqual(['heartbeat_failed', 'heartbeat_answered']);
});

test('the end of its time is looked at when it comes, not a heartbeat later', async () => {
  const { lease, pass } = await hold(
    ({ route }) => {
      if (route === BEAT) return aProblem(404, 'lease_not_found');
      return ok(lasting(0.05, route === LOOK ? { status: 'ended', endReason: 'expired' } : {}));
    },
    { duration: '3s', heartbeat: '10m' },
  );
  await pass(1_100);
  expect(lease.signal.reason).toMatchObject({ reason: 'expired' });
});

test('it can be made longer by hand; an older answer that comes later does not count', async () => {
  const { lease, pass } = await hold(({ route }) =>
    ok(lasting(route === RENEW ? 50 : 10, { version: route === RENEW ? 5 : 1 })),
  );
  const renewed = lease.renew({ duration: '50m' });
  await pass(0);
  expect((await renewed).version).toBe(5);
  await pass(20_000);
  expect(lease.document.version).toBe(5);
});

test('disposing hides no error of the work, and what could not be given back is told', async () => {
  const { lease, notices, pass, timers } = await hold(({ route }) => (route === END ? 'cut' : ok(aLease())));
  const work = async (): Promise<void> => {
    await using held = lease;
    throw new Error(`of the work under ${held.id}`);
  };
  const failed = work().catch((error: unknown) => error);
  await pass(30_000, 500);
  expect(await failed).toMatchObject({ message: 'of the work under lse_1' });
  expect(notices).toMatchObject([{ kind: 'release_failed', error: { name: 'NoAnswerError' } }]);
  expect(timers()).toBe(0);
});

test('giving back takes a bounded time when no answer comes', async () => {
  const { lease, pass } = await hold(({ route }) => (route === END ? 'silence' : ok(aLease())));
  let isDisposed = false;
  void lease[Symbol.asyncDispose]().then(() => (isDisposed = true));
  await pass(19_000);
  expect(isDisposed).toBe(false);
  await pass(1_000);
  expect(isDisposed).toBe(true);
});

test('released by hand it says when that fails, and can be released again', async () => {
  const { lease, count, pass } = await hold(({ route }, before) =>
    route === END && before === 0 ? aProblem(403, 'forbidden') : ok(aLease()),
  );
  const refused = lease.release().catch((error: unknown) => error);
  await pass(0);
  expect(await refused).toMatchObject({ code: 'forbidden' });
  const released = lease.release();
  await pass(0);
  await released;
  await lease[Symbol.asyncDispose]();
  expect(count(END)).toBe(2);
});

test('a heartbeat that is no duration asks for no lease', async () => {
  const { poolkeeper, seen } = virtualPoolkeeper(() => ok(aLease()));
  await expect(poolkeeper.lease({ pool: 'web', heartbeat: 'often' })).rejects.toThrow('is no duration');
  expect(seen).toEqual([]);
});
