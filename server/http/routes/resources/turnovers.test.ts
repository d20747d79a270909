import { putDocument } from '@poolkeeper/core';
import type { Resource } from '@poolkeeper/core';
import { verifyExport } from '@poolkeeper/turnover-record';
import type { SealedTurnover } from '@poolkeeper/turnover-record';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aChain } from '../../../../turnover-record/testing/a-chain.ts';
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

/** Records of a resource that is not in the world, as of one that is gone. */
async function aGoneResource(count: number, pool = 'boards'): Promise<SealedTurnover[]> {
  const turnovers = aChain(http.signingKeys.current, count, () => ({
    resource: 'res_gone',
    pool,
    endedAt: http.time.now(),
  }));
  await rememberTurnovers(http.store, { term: TERM, turnovers });
  return turnovers;
}

const verify = async (text: string): Promise<string> =>
  (await verifyExport(text, JSON.stringify(http.signingKeys.published()))).verdict;

test('the chain of a resource that is gone is listed as it was signed, page after page', async () => {
  const turnovers = await aGoneResource(5);
  const url = '/v1/resources/res_gone/turnovers';
  const whole = await http.get(url, { as: 'viewer' });
  expect(whole.body).toEqual({ items: turnovers, next: null });
  const first = await http.get(`${url}?limit=3`);
  expect(first.body.items).toEqual(turnovers.slice(0, 3));
  const second = await http.get(`${url}?limit=3&cursor=${first.body.next}`);
  expect(second.body).toEqual({ items: turnovers.slice(3), next: null });
  const odd = await http.get(`${url}?cursor=${Buffer.from('x').toString('base64url')}`);
  expect([odd.status, odd.body.code]).toEqual([400, 'invalid_input']);
});

test('its export is verified without the server, and says where it ends', async () => {
  const turnovers = await aGoneResource(1_001);
  const { text, body, headers } = await http.get('/v1/resources/res_gone/turnovers/export', { as: 'viewer' });
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(body.chains).toHaveLength(1);
  expect(body.chains[0].records).toEqual(turnovers);
  expect(body.chains[0].head.head).toEqual({
    resource: 'res_gone',
    count: 1_001,
    hash: turnovers.at(-1)?.hash,
    exportedAt: http.time.now(),
  });
  expect(await verify(text)).toBe('proven');
});

test('what was signed before a rotation is verified after it', async () => {
  await aGoneResource(2);
  const { body } = await http.post('/v1/signing-keys/rotate', undefined);
  expect(body.keys).toHaveLength(2);
  const { text } = await http.get('/v1/resources/res_gone/turnovers/export');
  expect(await verify(text)).toBe('proven');
});

test('the keys are published to everybody, and nobody is to keep them unasked', async () => {
  const { status, body, headers } = await http.get('/.well-known/poolkeeper-keys.json', { as: null });
  expect([status, headers['cache-control']]).toEqual([200, 'no-cache']);
  expect(body).toEqual(http.signingKeys.published());
  await http.post('/v1/signing-keys/rotate', undefined);
  const { keys } = (await http.get('/.well-known/poolkeeper-keys.json', { as: null })).body;
  expect(keys.map(({ exp }: { exp?: number }) => exp)).toEqual([undefined, http.time.now() / 1_000]);
});

test('what the world says of a chain counts: records that the store has lost are missed', async () => {
  const [resource] = (await http.pool('web', 1)) as [Resource];
  const url = `/v1/resources/${resource.id}/turnovers`;
  expect((await http.get(url)).body).toEqual({ items: [], next: null });
  const turnovers = aChain(http.signingKeys.current, 3, () => ({ resource: resource.id, pool: 'web' }));
  await rememberTurnovers(http.store, { term: TERM, turnovers: turnovers.slice(0, 2) });
  await http.keeper.read((world) => {
    const chain = { count: 3, hash: turnovers[2]?.hash ?? '' };
    putDocument(world, 'resource', resource.id, { ...(world.resources.get(resource.id) as Resource), chain });
  });
  expect(await verify((await http.get(`${url}/export`)).text)).toBe('gap');
  await rememberTurnovers(http.store, { term: TERM, turnovers: turnovers.slice(2) });
  expect(await verify((await http.get(`${url}/export`)).text)).toBe('proven');
});

test('what is outside of a grant does not exist, whether it is there or gone', async () => {
  await aGoneResource(2);
  const [resource] = (await http.pool('web', 1)) as [Resource];
  for (const pool of ['other', 'boards']) await http.pool(pool, 0);
  await http.token('stranger', 'viewer', { pools: ['other'] });
  await http.token('boarder', 'viewer', { pools: ['boards'] });
  for (const id of ['res_gone', resource.id, 'res_never']) {
    for (const end of ['', '/export', '?limit=1']) {
      const { status, body } = await http.get(`/v1/resources/${id}/turnovers${end}`, { as: 'stranger' });
      expect([id, status, body.code]).toEqual([id, 404, 'resource_not_found']);
    }
  }
  expect((await http.get('/v1/resources/res_gone/turnovers', { as: 'boarder' })).body.items).toHaveLength(2);
  expect((await http.get('/v1/resources/res_gone/turnovers/export', { as: 'boarder' })).status).toBe(200);
  expect((await http.get('/v1/resources/res_never/turnovers/export')).status).toBe(404);
});
