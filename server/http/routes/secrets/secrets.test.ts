import { randomBytes } from 'node:crypto';
import type { Workflow } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { masterKeyOf } from '../../../seal/master-key.ts';
import { createSecretBox } from '../../../seal/secret-box.ts';
import { startHttp, TEST_KEY } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const VALUE = 'tiger-tiger-burning';
const put = (http: HttpHarness, name: string, value: unknown = VALUE, headers = {}) =>
  http.call('PUT', `/v1/secrets/${name}`, { body: { value }, headers });

test('a secret is set, replaced and removed, and no answer or event ever has it', async () => {
  await using http = await startHttp();
  const made = await put(http, 'root');
  expect(made).toMatchObject({ status: 201, headers: { etag: '"1"' } });
  expect(made.body).toEqual({
    name: 'root',
    version: 1,
    createdAt: '2023-11-14T22:13:20.000Z',
    changedAt: '2023-11-14T22:13:20.000Z',
    canOpen: true,
    workflows: [],
    providers: [],
  });
  await http.time.advance(1_000);
  const changed = await put(http, 'root', `${VALUE}-2`, { 'if-match': '"1"' });
  expect(changed).toMatchObject({ status: 200, body: { version: 2, changedAt: '2023-11-14T22:13:21.000Z' } });
  const shown = await http.get('/v1/secrets/root');
  expect([shown.status, shown.body, shown.headers['etag']]).toEqual([200, changed.body, '"2"']);
  const list = await http.get('/v1/secrets');
  expect(list.body).toEqual({ items: [changed.body], next: null });
  const sealed = await http.keeper.read((world) => world.secrets.get('root')?.sealed ?? '');
  expect(createSecretBox([TEST_KEY], randomBytes).open('root', sealed)).toBe(`${VALUE}-2`);
  expect((await http.call('DELETE', '/v1/secrets/root')).status).toBe(204);
  expect(await http.get('/v1/secrets/root')).toMatchObject({
    status: 404,
    body: { code: 'secret_not_found' },
  });
  const events = await http.get('/v1/events');
  expect(events.text).toContain('secret.removed');
  for (const { text } of [made, changed, shown, list, events, await http.get('/metrics')]) {
    expect(text).not.toContain('tiger');
    expect(text).not.toContain(sealed);
  }
});

test('two secrets of one value look nothing alike at rest', async () => {
  await using http = await startHttp();
  await put(http, 'a');
  await put(http, 'b');
  const [a, b] = await http.keeper.read((world) => [...world.secrets.values()].map(({ sealed }) => sealed));
  const tail = (sealed = ''): string | undefined => sealed.split('.')[3];
  expect(tail(a)).not.toBe(tail(b));
});

test.each([
  ['null', null, '/value'],
  ['an empty text', '', '/value'],
  ['a number', 4_711_471_147, '/value'],
  ['65537 bytes', 'x'.repeat(65_537), '/value'],
  ['65537 bytes in fewer characters', `${'ä'.repeat(32_768)}x`, '/value'],
])('%s is refused, and not repeated', async (_what, value, pointer) => {
  await using http = await startHttp();
  const { status, body, text } = await put(http, 'root', value);
  expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
  if (value !== null && value !== '') expect(text).not.toContain(String(value));
  expect((await http.get('/v1/secrets')).body.items).toEqual([]);
});

test('64 KiB are taken', async () => {
  await using http = await startHttp();
  expect((await put(http, 'root', 'ä'.repeat(32_768))).status).toBe(201);
});

test.each(['Root', 'a%20b', '.x', 'x'.repeat(64)])('a name like %s is refused', async (name) => {
  await using http = await startHttp();
  expect(await put(http, name)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
});

test('a change for another version is refused', async () => {
  await using http = await startHttp();
  await put(http, 'root');
  expect((await put(http, 'root', 'x', { 'if-match': '"2"' })).status).toBe(412);
  const remove = await http.call('DELETE', '/v1/secrets/root', { headers: { 'if-match': '"2"' } });
  expect(remove.status).toBe(412);
});

test('one that a workflow names stays, and says who does', async () => {
  await using http = await startHttp();
  await put(http, 'root');
  const step = { name: 'look', uses: 'exec', with: { text: '${secrets.root}' } };
  const workflow = { name: 'wipe', steps: [step], version: 1, createdAt: 0 } as unknown as Workflow;
  await http.keeper.read((world) => void (world.workflows as Map<string, Workflow>).set('wipe', workflow));
  expect((await http.get('/v1/secrets/root')).body.workflows).toEqual(['wipe']);
  expect((await http.get('/v1/secrets')).body.items[0].workflows).toEqual(['wipe']);
  const refused = await http.call('DELETE', '/v1/secrets/root');
  expect(refused).toMatchObject({ status: 409, body: { code: 'secret_in_use' } });
  expect(refused.body.detail).toContain('workflow "wipe"');
});

test('one whose key is missing is shown as such, and may be set anew', async () => {
  await using http = await startHttp();
  const other = createSecretBox([masterKeyOf(new Uint8Array(32).fill(1))], randomBytes);
  await http.keeper.ask({ type: 'putSecret', name: 'root', sealed: other.seal('root', 'x'), by: 'y' });
  expect((await http.get('/v1/secrets/root')).body.canOpen).toBe(false);
  expect((await put(http, 'root')).body.canOpen).toBe(true);
});

test('events of secrets are for admins', async () => {
  await using http = await startHttp();
  await put(http, 'root');
  expect((await http.get('/v1/events', { as: 'operator' })).text).not.toContain('secret.changed');
  expect((await http.get('/v1/events')).text).toContain('secret.changed');
});

test('secrets are listed by pages', async () => {
  await using http = await startHttp();
  for (const name of ['c', 'a', 'b']) await put(http, name);
  const first = await http.get('/v1/secrets?limit=2');
  const second = await http.get(`/v1/secrets?limit=2&cursor=${first.body.next}`);
  const names = [...first.body.items, ...second.body.items].map(({ name }: { name: string }) => name);
  expect([names, second.body.next]).toEqual([['a', 'b', 'c'], null]);
});
