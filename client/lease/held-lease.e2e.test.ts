import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../cli/testing/cli-process.ts';
import type { LeaseNotice } from '../index.ts';
import { LossyProxy } from '../testing/lossy-proxy.ts';
import { RealWorld } from '../testing/real-world.ts';

const HOLDER = join(import.meta.dirname, '..', 'testing', 'holder-process.ts');

let world: RealWorld;
beforeAll(async () => {
  world = await RealWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const aborted = (signal: AbortSignal): Promise<unknown> =>
  eventually(() => Promise.resolve(signal.aborted ? (signal.reason as unknown) : undefined));

test('a process that is killed leaves no lease beyond its heartbeat', async () => {
  const HEARTBEAT_MS = 600;
  /** How late the server may be on a busy machine, in milliseconds. */
  const LATE_MS_MAX = 5_000;
  const { url, token } = world.server;
  const holder = spawn(process.execPath, [HOLDER, url, token, 'one', `${HEARTBEAT_MS}ms`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(holder.stdout, 'data')) as [Buffer];
  const id = said.toString().trim();
  // It lives for longer than one heartbeat, so it is kept.
  const { heartbeatBy } = await world.poolkeeper.leases.get(id);
  const kept = await eventually(async () => {
    const lease = await world.poolkeeper.leases.get(id);
    return Date.parse(lease.heartbeatBy ?? '') - Date.parse(heartbeatBy ?? '') > HEARTBEAT_MS
      ? lease
      : undefined;
  });
  expect(kept.status).toBe('active');
  const killedAt = Date.now();
  holder.kill('SIGKILL');
  await once(holder, 'close');
  const ended = await eventually(async () => {
    const lease = await world.poolkeeper.leases.get(id);
    return lease.status === 'ended' ? lease : undefined;
  });
  expect(ended.endReason).toBe('heartbeat_missed');
  expect(Date.parse(ended.endedAt ?? '') - killedAt).toBeLessThan(HEARTBEAT_MS + LATE_MS_MAX);
  expect((await world.poolkeeper.leases.page({ pool: 'one' })).items).toEqual([]);
});

test('a lease that somebody ends aborts its signal, and what runs under it stops', async () => {
  await using lease = await world.poolkeeper.lease({ pool: 'one', heartbeat: '600ms' });
  const work = new Promise<void>((_resolve, reject) => {
    lease.signal.addEventListener('abort', () => reject(lease.signal.reason as Error));
  });
  const stopped = work.catch((error: unknown) => error);
  await world.poolkeeper.leases.end(lease.id);
  expect(await stopped).toMatchObject({
    name: 'LeaseLostError',
    reason: 'released',
    message: `Lease ${lease.id} is lost: somebody released it.`,
  });
});

test('a lease that its pool does not let last longer is lost at its end, which is told before', async () => {
  const notices: LeaseNotice[] = [];
  await using lease = await world.poolkeeper.lease({
    pool: 'brief',
    onNotice: (notice) => void notices.push(notice),
  });
  expect(await aborted(lease.signal)).toMatchObject({ reason: 'expired' });
  expect(notices.map(({ kind }) => kind)).toContain('at_maximum');
  const { grantedAt, endedAt } = await world.poolkeeper.leases.get(lease.id);
  expect(Date.parse(endedAt ?? '') - Date.parse(grantedAt ?? '')).toBeGreaterThanOrEqual(6_000);
});

test('a holder that is cut off from the server goes on trying, and learns that its lease is gone', async () => {
  let isCut = false;
  await using proxy = await LossyProxy.start(world.server.url, () => (isCut ? 'lose-request' : 'pass'));
  const notices: LeaseNotice[] = [];
  await using lease = await world
    .connect(proxy.url)
    .lease({ pool: 'one', heartbeat: '600ms', onNotice: (notice) => void notices.push(notice) });
  isCut = true;
  await eventually(async () => {
    const { status } = await world.poolkeeper.leases.get(lease.id);
    return status === 'ended' ? true : undefined;
  });
  expect(lease.signal.aborted).toBe(false);
  isCut = false;
  expect(await aborted(lease.signal)).toMatchObject({ reason: 'heartbeat_missed' });
  expect(notices[0]).toMatchObject({ kind: 'heartbeat_failed', error: { name: 'NoAnswerError' } });
});

test('at the end of its block it is given back, whatever happens in it', async () => {
  let id = '';
  const work = async (): Promise<void> => {
    await using lease = await world.poolkeeper.lease({ pool: 'boards', match: { half: '1' }, count: 20 });
    ({ id } = lease);
    expect(lease.resources.length).toBe(20);
    throw new Error('of the work');
  };
  await expect(work()).rejects.toThrow('of the work');
  expect(await world.poolkeeper.leases.get(id)).toMatchObject({ status: 'ended', endReason: 'released' });
});

test('an aborted wait leaves nothing in the queue', async () => {
  await using _first = await world.poolkeeper.lease({ pool: 'one' });
  const abort = new AbortController();
  const waiting = world.poolkeeper.lease({
    pool: 'one',
    signal: abort.signal,
    onWaiting: () => abort.abort(new Error('enough')),
  });
  await expect(waiting).rejects.toThrow('enough');
  expect((await world.poolkeeper.leases.page({ pool: 'one', status: 'queued' })).items).toEqual([]);
});
