import { describe, expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const CLEAN = { name: 'clean', uses: 'exec', with: { command: ['./wipe.sh', '${resource.name}'] } };
const put = (http: HttpHarness, body: unknown, headers: Record<string, string> = {}) =>
  http.call('PUT', '/v1/workflows/wipe', { body, headers });

test('a workflow is made, changed and shown, with what is as by default filled in', async () => {
  await using http = await startHttp();
  const made = await put(http, { steps: [CLEAN] });
  expect([made.status, made.headers['etag']]).toEqual([201, '"1"']);
  const changed = await put(http, {
    name: 'wipe',
    steps: [
      {
        ...CLEAN,
        timeout: '5m',
        retries: 2,
        pauses: ['1m', '1h'],
        if: 'kind == "board"',
        runsOn: { site: 'lab' },
      },
    ],
  });
  expect([changed.status, changed.headers['etag']]).toEqual([200, '"2"']);
  const shown = await http.get('/v1/workflows/wipe', { as: 'viewer' });
  expect(shown.headers['etag']).toBe('"2"');
  expect(shown.body).toEqual({
    name: 'wipe',
    steps: [
      {
        ...CLEAN,
        timeout: '5m',
        retries: 2,
        pauses: ['1m', '1h'],
        if: 'kind == "board"',
        onFailure: 'hold',
        runsOn: { site: 'lab' },
      },
    ],
    usedBy: [],
    missingSecrets: [],
    createdAt: '2023-11-14T22:13:20.000Z',
    version: 2,
  });
});

test('it says which pools name it, as far as the token knows of them, and which secrets it lacks', async () => {
  await using http = await startHttp();
  await put(http, { steps: [{ ...CLEAN, with: { command: ['x', '${secrets.root}'] } }] });
  const on = { release: { clean: 'wipe', verify: 'wipe' } };
  for (const pool of ['boards', 'hidden'])
    await http.call('PUT', `/v1/pools/${pool}`, { body: { provider: 'hand', on } });
  await http.token('bound', 'viewer', { pools: ['boards'] });
  const { body } = await http.get('/v1/workflows/wipe', { as: 'bound' });
  expect(body.usedBy).toEqual([
    { pool: 'boards', transition: 'release', as: 'clean' },
    { pool: 'boards', transition: 'release', as: 'verify' },
  ]);
  expect(body.missingSecrets).toEqual(['root']);
});

test('workflows are listed by name, page by page', async () => {
  await using http = await startHttp();
  for (const name of ['b', 'a'])
    await http.call('PUT', `/v1/workflows/${name}`, { body: { steps: [CLEAN] } });
  const first = await http.get('/v1/workflows?limit=1');
  expect(first.body.items).toMatchObject([{ name: 'a' }]);
  const second = await http.get(`/v1/workflows?limit=1&cursor=${first.body.next}`);
  expect(second.body).toMatchObject({ items: [{ name: 'b' }], next: null });
});

describe('a workflow is refused', () => {
  test.each<[string, unknown, string, string]>([
    ['without steps', {}, '/steps', 'steps is missing'],
    ['of no steps', { steps: [] }, '/steps', 'a list of 1 to 50'],
    [
      'with an unknown kind',
      { steps: [{ ...CLEAN, uses: 'shell' }] },
      '/steps/0/uses',
      'one of exec, ssh, http, container, provider, wait, approval',
    ],
    ['without a kind', { steps: [{ name: 'a' }] }, '/steps/0/uses', 'uses has to be one of exec'],
    [
      'with an unknown member of a step',
      { steps: [{ ...CLEAN, retrys: 2 }] },
      '/steps/0/retrys',
      'did you mean "retries"?',
    ],
    ['with a wait for nothing', { steps: [{ name: 'a', uses: 'wait' }] }, '/steps/0/with', 'with is missing'],
    [
      'with a word for a time',
      { steps: [{ name: 'a', uses: 'wait', with: { for: 'long' } }] },
      '/steps/0/with/for',
      'for has to be a duration such as 90s',
    ],
    [
      'with a timeout of nothing',
      { steps: [{ ...CLEAN, timeout: '0s' }] },
      '/steps/0/timeout',
      'from 1s to 1d',
    ],
    ['under another name', { name: 'wip', steps: [CLEAN] }, '/name', 'has to be "wipe"'],
  ])('%s', async (_what, body, pointer, message) => {
    await using http = await startHttp();
    const refused = await put(http, body);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_input']);
    expect(refused.body.errors).toMatchObject([{ pointer }]);
    expect(refused.body.errors[0].message).toContain(message);
  });

  test('for an older version than it has', async () => {
    await using http = await startHttp();
    await put(http, { steps: [CLEAN] });
    const refused = await put(http, { steps: [CLEAN, { ...CLEAN, name: 'b' }] }, { 'if-match': '"7"' });
    expect([refused.status, refused.body.code]).toEqual([412, 'version_mismatch']);
  });
});

test('a workflow goes when no pool names it, and not before', async () => {
  await using http = await startHttp();
  await put(http, { steps: [CLEAN] });
  const on = { exit: { workflow: 'wipe' } };
  await http.call('PUT', '/v1/pools/boards', { body: { provider: 'hand', on } });
  const refused = await http.call('DELETE', '/v1/workflows/wipe');
  expect([refused.status, refused.body.code]).toEqual([409, 'workflow_in_use']);
  await http.call('PATCH', '/v1/pools/boards', { body: { on: {} } });
  expect((await http.call('DELETE', '/v1/workflows/wipe', { headers: { 'if-match': '"1"' } })).status).toBe(
    204,
  );
  const gone = await http.get('/v1/workflows/wipe');
  expect([gone.status, gone.body.code]).toEqual([404, 'workflow_not_found']);
});
