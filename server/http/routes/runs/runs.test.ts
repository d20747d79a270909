import { putDocument } from '@poolkeeper/core';
import type { Run } from '@poolkeeper/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { anEndedRun, NOW } from '../../../store/contract-documents.ts';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';
import { rememberTurnovers } from '../../../testing/remember-turnovers.ts';

/** The keeper of the harness is the second to claim its store. */
const TERM = 2;

let http: HttpHarness;
beforeEach(async () => {
  http = await startHttp();
});
afterEach(() => http[Symbol.asyncDispose]());

const over = (...runs: Run[]) => rememberTurnovers(http.store, { term: TERM, runs });
const aLiveRun = (id: string, overrides: Partial<Run> = {}) =>
  anEndedRun(id, { status: 'running', at: 0, endedAt: null, ...overrides });
const live = (...runs: Run[]) =>
  http.keeper.read((world) => {
    for (const run of runs) putDocument(world, 'run', run.id, run);
  });

async function ids(query = '', as = 'viewer'): Promise<string[]> {
  const { status, body } = await http.get(`/v1/runs${query}`, { as });
  expect(status).toBe(200);
  return body.items.map(({ id }: { id: string }) => id);
}

test('a run is shown while it lives and when it is over, with the names of its secrets alone', async () => {
  await live(aLiveRun('run_2', { dueAt: NOW + 60_000 }));
  await over(anEndedRun('run_1'));
  const now = await http.get('/v1/runs/run_2', { as: 'viewer' });
  expect(now.body).toMatchObject({
    status: 'running',
    step: 'clean',
    endedAt: null,
    dueAt: '2023-11-14T22:14:20.000Z',
  });
  const { body } = await http.get('/v1/runs/run_1');
  expect(body).toMatchObject({
    id: 'run_1',
    status: 'passed',
    step: null,
    startedAt: '2023-11-14T22:13:20.000Z',
    endedAt: '2023-11-14T22:13:20.050Z',
    workflows: { wipe: 1 },
  });
  expect(body.steps).toMatchObject([
    {
      name: 'clean',
      with: { command: ['./wipe.sh', 'b1'] },
      secrets: [{ pointer: '/env/TOKEN', text: 'Bearer ${secrets.lab-token}' }],
      timeout: '5m',
      runsOn: { site: 'lab' },
      report: { outcome: 'passed', exitCode: 0, evidence: { removed: 3 }, skipped: null },
    },
  ]);
  const nobody = await http.get('/v1/runs/run_9');
  expect([nobody.status, nobody.body.code]).toEqual([404, 'run_not_found']);
});

test('live runs come first, the newest before the others, then the last ended, page after page', async () => {
  await over(...['run_1', 'run_3', 'run_2', 'run_4'].map((id) => anEndedRun(id)));
  await live(aLiveRun('run_5'), aLiveRun('run_7', { status: 'held' }), aLiveRun('run_6'));
  const expected = ['run_7', 'run_6', 'run_5', 'run_4', 'run_2', 'run_3', 'run_1'];
  expect(await ids()).toEqual(expected);
  for (const limit of [1, 2, 3, 4, 7]) {
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 10; pages += 1) {
      const { body } = await http.get(`/v1/runs?limit=${limit}${cursor}`);
      expect(body.items.length).toBeLessThanOrEqual(limit);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(seen).toEqual(expected);
  }
  const odd = await http.get(`/v1/runs?cursor=${Buffer.from('x').toString('base64url')}`);
  expect([odd.status, odd.body.code]).toEqual([400, 'invalid_input']);
});

test('resource, pool and status narrow', async () => {
  const [resource] = await http.pool('web', 1);
  const id = resource?.id ?? '';
  await over(
    anEndedRun('run_1', { resource: id }),
    anEndedRun('run_2', { status: 'failed', pool: 'boards' }),
    anEndedRun('run_3', { resource: id, status: 'failed' }),
  );
  await live(aLiveRun('run_4', { resource: id }), aLiveRun('run_5', { status: 'held', pool: 'boards' }));
  await http.keeper.read((world) => {
    const known = world.resources.get(id);
    if (known !== undefined) putDocument(world, 'resource', id, { ...known, run: 'run_4' });
  });
  expect(await ids(`?resource=${id}`)).toEqual(['run_4', 'run_3', 'run_1']);
  expect(await ids('?pool=boards')).toEqual(['run_5', 'run_2']);
  expect(await ids('?status=failed')).toEqual(['run_3', 'run_2']);
  expect(await ids('?status=held')).toEqual(['run_5']);
  expect(await ids(`?resource=${id}&status=passed`)).toEqual(['run_1']);
});

test('what is outside of a grant does not exist', async () => {
  await over(anEndedRun('run_1'), anEndedRun('run_2', { pool: 'boards' }));
  await live(aLiveRun('run_3'), aLiveRun('run_4', { pool: 'boards' }));
  await http.pool('boards', 0);
  await http.token('boarder', 'viewer', { pools: ['boards'] });
  expect(await ids('', 'boarder')).toEqual(['run_4', 'run_2']);
  expect((await http.get('/v1/runs/run_1', { as: 'boarder' })).status).toBe(404);
  expect((await http.get('/v1/runs/run_3', { as: 'boarder' })).status).toBe(404);
  expect((await http.get('/v1/runs/run_2', { as: 'boarder' })).status).toBe(200);
});
