import { expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const STAGES = {
  initial: 'dirty',
  silence: '30m',
  repeatable: true,
  dynamic: {
    max: 3,
    lifespan: '2d',
    needs: { disk: 1 },
    content: { type: 'maker', content: 'planted' },
  },
};

/** A pool of two members: one that `holder` has, with something kept with it, and one that stands; and a request that waits. */
async function withStages(http: HttpHarness): Promise<void> {
  await http.call('PUT', '/v1/pools/proj', { body: { provider: 'hand', stages: {} } });
  const stage = { name: 'busy', holder: 'holder', data: { key: 'planted' } };
  await http.call('POST', '/v1/resources', { body: { pool: 'proj', name: 'p1', stage } });
  await http.call('POST', '/v1/resources', {
    body: { pool: 'proj', name: 'p2', stage: { name: 'dirty', data: { key: 'planted' } } },
  });
  const asked = { stage: 'free', dest: 'busy', holder: 'bob', request: 'r1', askWithinMs: 30_000 };
  await http.keeper.ask({ type: 'takeByStage', pool: 'proj', ...asked });
}

test('a pool says its stages, and shows them as they were said, with what goes without saying', async () => {
  await using http = await startHttp();
  const put = await http.call('PUT', '/v1/pools/vm', { body: { provider: 'hand', stages: STAGES } });
  expect(put.body.stages).toEqual({ type: 'vm', ...STAGES, dynamic: { min: 0, ...STAGES.dynamic } });
  const patched = await http.call('PATCH', '/v1/pools/vm', { body: { labels: { a: 'b' } } });
  expect(patched.body.stages).toEqual(put.body.stages);
  const seen = await http.get('/v1/pools/vm', { as: 'holder' });
  expect(seen.text).not.toContain('planted');
  expect(seen.body.stages.dynamic.max).toBe(3);
});

test.each([
  ['/stages/silence', { silence: '0s' }],
  ['/stages/dynamic/lifespan', { dynamic: { max: 1, lifespan: '0s' } }],
  ['/stages/dynamic/min', { dynamic: { min: 2, max: 1 } }],
  ['/stages/dynamic/max', { dynamic: {} }],
  ['/stages/other', { other: 1 }],
])('what is wrong with stages is told at %s', async (pointer, stages) => {
  await using http = await startHttp();
  const { status, body } = await http.call('PUT', '/v1/pools/vm', { body: { provider: 'hand', stages } });
  expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
});

test('a resource shows where it stands; what is kept with it is for its holder and for those who see what others hold', async () => {
  await using http = await startHttp();
  await withStages(http);
  const stagesFor = async (as: string): Promise<unknown[]> =>
    (await http.get('/v1/resources?pool=proj', { as })).body.items.map(
      ({ stage }: { stage: { name: string; data?: unknown } }) => [stage.name, stage.data],
    );
  const key = { key: 'planted' };
  expect(await stagesFor('operator')).toEqual([
    ['busy', key],
    ['dirty', key],
  ]);
  expect(await stagesFor('holder')).toEqual([
    ['busy', key],
    ['dirty', undefined],
  ]);
  await http.token('other', 'holder');
  expect((await http.get('/v1/resources?pool=proj', { as: 'other' })).text).not.toContain('planted');
});

test('explaining a pool tells who waits by stage, but holders no ids under which they could ask', async () => {
  await using http = await startHttp();
  await withStages(http);
  const shown = (await http.get('/v1/pools/proj/explain')).body.stages;
  expect(shown).toMatchObject({ waiting: 1, waiters: [{ request: 'r1', stage: 'free', position: 1 }] });
  const seen = (await http.get('/v1/pools/proj/explain', { as: 'holder' })).body.stages;
  expect(seen).toEqual({ ...shown, waiters: [] });
});

test('no event shows what is kept with a member', async () => {
  await using http = await startHttp();
  await withStages(http);
  await http.keeper.ask({ type: 'putBack', name: 'p1', holder: 'holder', dest: 'free' });
  expect(JSON.stringify(await http.events())).not.toContain('planted');
});

test('pools that a configuration of stages made are no part of the configuration, and stay when it prunes', async () => {
  await using http = await startHttp();
  const type = { type: 'gce', pool: 'gce', initial: 'free', names: ['g1'] };
  await http.keeper.ask({ type: 'syncStages', provider: 'hand', types: [type] });
  const { body } = await http.get('/v1/config');
  expect(JSON.stringify(body)).not.toContain('gce');
  const applied = await http.call('POST', '/v1/apply', { body: { config: body, prune: true } });
  expect(applied.status).toBe(200);
  expect((await http.get('/v1/pools/gce')).body.status).toBe('open');
});
