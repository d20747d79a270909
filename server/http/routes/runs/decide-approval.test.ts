import { putDocument } from '@poolkeeper/core';
import type { Resource } from '@poolkeeper/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

let http: HttpHarness;
beforeEach(async () => {
  http = await startHttp();
});
afterEach(() => http[Symbol.asyncDispose]());

const ASK = { uses: 'approval', with: { message: 'Is the fan quiet?' } } as const;

/** A resource that enters by way of a person; answers its id and that of the run which asks. */
async function asking(pool = 'boards'): Promise<{ id: string; run: string }> {
  const [board] = (await http.steppedPool(pool, {}, { step: ASK })) as [Resource];
  return { id: board.id, run: board.run ?? '' };
}

const waiting = async (as = 'viewer'): Promise<string[]> =>
  (await http.get('/v1/runs?waiting=true', { as })).body.items.map(({ id }: { id: string }) => id);

test('a run says what it asks, and is found among those that wait for a person', async () => {
  const { run } = await asking();
  await http.steppedPool('others', { site: 'lab' });
  expect((await http.get('/v1/runs')).body.items).toHaveLength(2);
  expect(await waiting()).toEqual([run]);
  expect((await http.get(`/v1/runs/${run}`)).body.asks).toBe('Is the fan quiet?');
});

test('a yes lets it go on, and is kept with its name and reason when the run is over', async () => {
  const { id, run } = await asking();
  const { status, body } = await http.post(
    `/v1/runs/${run}/approve`,
    { reason: 'heard it' },
    { as: 'operator' },
  );
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'passed', step: null, asks: null });
  expect(body.steps[0].report).toMatchObject({
    outcome: 'passed',
    evidence: { decidedBy: 'operator', reason: 'heard it' },
  });
  expect((await http.get(`/v1/resources/${id}`)).body.status).toBe('free');
  expect(await waiting()).toEqual([]);
});

test('a reason may be left out of a yes, and not of a no', async () => {
  const { run } = await asking();
  const refused = await http.post(`/v1/runs/${run}/deny`, {});
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/reason']);
  const { body } = await http.post(`/v1/runs/${run}/approve`, undefined);
  expect(body.steps[0].report.evidence).toEqual({ decidedBy: 'admin', reason: 'admin approved it' });
});

test('a no holds the resource and says who said so and why; the next try asks again', async () => {
  const { id, run } = await asking();
  const { status, body } = await http.post(`/v1/runs/${run}/deny`, { reason: 'it rattles' });
  expect([status, body.status, body.asks]).toEqual([200, 'held', null]);
  const { body: board } = await http.get(`/v1/resources/${id}`);
  expect(board.hold.reason).toContain('admin said no: it rattles');
  await http.post(`/v1/resources/${id}/retry`, { reason: 'oiled' });
  expect(await waiting()).toEqual([run]);
});

test('a word for a run that asks nothing, or is over, is refused and changes nothing', async () => {
  const [busy] = (await http.steppedPool('others', { site: 'lab' })) as [Resource];
  const { run } = await asking();
  await http.post(`/v1/runs/${run}/approve`, {});
  const before = await http.lastEvent();
  for (const [id, says] of [
    [busy.run, 'is running at step "install"'],
    [run, 'it is passed.'],
  ]) {
    const { status, body } = await http.post(`/v1/runs/${id}/approve`, {});
    expect([status, body.code]).toEqual([409, 'run_not_waiting']);
    expect(body.detail).toContain(says);
  }
  expect(await http.lastEvent()).toBe(before);
});

test('a word that comes late answers no later question', async () => {
  const step = { ...ASK, timeoutMs: 60_000, retries: 0, if: null, onFailure: 'hold', runsOn: {} } as const;
  const steps = [
    { ...step, name: 'first' },
    { ...step, name: 'second', with: { message: 'Wipe it?' } },
  ];
  const workflow = { name: 'two', steps, version: 1, createdAt: 0 };
  await http.keeper.read((world) => void putDocument(world, 'workflow', 'two', workflow));
  const spec = { provider: 'hand', on: { enter: { workflow: 'two' } } };
  await http.keeper.ask({ type: 'putPool', name: 'boards', merge: false, spec });
  const { run } = await http.keeper.ask({ type: 'registerResource', pool: 'boards', name: 'b1' });
  const { headers } = await http.get(`/v1/runs/${run}`);
  const seen = { headers: { 'if-match': headers['etag'] ?? '' } };
  expect((await http.post(`/v1/runs/${run}/approve`, {}, seen)).body.asks).toBe('Wipe it?');
  const late = await http.post(`/v1/runs/${run}/approve`, {}, seen);
  expect([late.status, late.body.code]).toEqual([412, 'version_mismatch']);
  expect(await waiting()).toEqual([run]);
});

test('what is outside of a grant neither shows nor answers', async () => {
  const { run } = await asking();
  await asking('racks');
  await http.token('racker', 'operator', { pools: ['racks'] });
  expect(await waiting('racker')).toHaveLength(1);
  for (const word of ['approve', 'deny']) {
    const { status, body } = await http.post(`/v1/runs/${run}/${word}`, { reason: 'x' }, { as: 'racker' });
    expect([status, body.code]).toEqual([404, 'run_not_found']);
  }
  expect(await waiting()).toContain(run);
});
