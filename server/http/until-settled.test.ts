import { expect, test } from 'vitest';
import { startHttp } from '../testing/http-harness.ts';
import type { HttpHarness } from '../testing/http-harness.ts';
import { untilSettled } from './until-settled.ts';

const WAIT_MS = 60_000;

/** A machine on its way out, which its provider does not get done. */
async function leavingMachine(http: HttpHarness): Promise<string> {
  const body = { provider: 'maker', size: { desired: 1 }, template: { stuck: true } };
  await http.call('PUT', '/v1/pools/vms', { body });
  const id = (await http.get('/v1/resources?pool=vms')).body.items[0].id as string;
  await http.post(`/v1/resources/${id}/retire`, {});
  return id;
}

/** Waits for the resources, and notes the end of it. */
function wait(http: HttpHarness, ids: readonly string[]) {
  const leave = new AbortController();
  const timers = http.time.pending;
  const state = { isOver: false, leave, timersBefore: timers, ended: Promise.resolve() };
  state.ended = untilSettled({ keeper: http.keeper, timers: http.time }, ids, {
    waitMs: WAIT_MS,
    signal: leave.signal,
  }).then(() => {
    state.isOver = true;
  });
  return state;
}

test('nothing is waited for where all have arrived, or are gone', async () => {
  await using http = await startHttp();
  const [board] = await http.pool('boards', 1);
  const waiting = wait(http, [board?.id as string, 'res_gone']);
  await waiting.ended;
  expect(http.time.pending).toBe(waiting.timersBefore);
});

test('a hold ends the wait, and events of others do not', async () => {
  await using http = await startHttp();
  const id = await leavingMachine(http);
  const waiting = wait(http, [id]);
  await http.pool('boards', 2);
  expect(waiting.isOver).toBe(false);
  await http.post(`/v1/resources/${id}/hold`, {});
  await waiting.ended;
  expect((await http.get(`/v1/resources/${id}`)).body.hold).not.toBeNull();
});

test('the wait ends with its time', async () => {
  await using http = await startHttp();
  const waiting = wait(http, [await leavingMachine(http)]);
  await http.time.advance(WAIT_MS - 1);
  expect(waiting.isOver).toBe(false);
  await http.time.advance(1);
  await waiting.ended;
});

test('the wait ends when its caller goes away', async () => {
  await using http = await startHttp();
  const waiting = wait(http, [await leavingMachine(http)]);
  expect(waiting.isOver).toBe(false);
  waiting.leave.abort();
  await waiting.ended;
  expect(http.time.pending).toBe(waiting.timersBefore);
});
