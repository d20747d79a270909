import { describe, expect, test } from 'vitest';
import type { Role } from '@poolkeeper/core';
import { hashSecret } from '../../http/secrets.ts';
import { createPasswordAccess, createTokenAccess } from './access.ts';
import { startBoskos } from './testing/boskos-harness.ts';
import type { BoskosHarness } from './testing/boskos-harness.ts';

const basic = (user: string, password: string): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const ACQUIRE = '/acquire?type=t&state=free&dest=busy&owner=ann';

async function withTokens(): Promise<BoskosHarness> {
  const boskos = await startBoskos({ authenticate: createTokenAccess });
  await boskos.type('t', ['a']);
  await boskos.type('other', ['b']);
  await boskos.seed({ type: 'other', name: 'c', state: 'busy', owner: 'ann' });
  const tokens: [string, Role, string[] | null][] = [
    ['boss', 'operator', null],
    ['looker', 'viewer', null],
    ['lender', 'holder', null],
    ['narrow', 'operator', ['t']],
  ];
  for (const [name, role, pools] of tokens)
    await boskos.keeper.ask({
      type: 'createToken',
      name,
      hash: hashSecret(`secret of ${name}`),
      role,
      pools,
      quota: {},
      expiresAt: null,
    });
  return boskos;
}

describe('one user name and password', () => {
  test.each([
    ['ann', 'right', 200],
    ['ann', 'wrong', 403],
    ['bob', 'right', 403],
    ['ann', '', 403],
  ])('%s with %s is answered %i', async (user, password, status) => {
    const authenticate = () => createPasswordAccess('ann', () => 'right');
    await using boskos = await startBoskos({ authenticate });
    await boskos.type('t', ['a']);
    const seen = await boskos.send('POST', ACQUIRE, { headers: basic(user, password) });
    expect(seen.status).toBe(status);
    expect(seen.headers['www-authenticate']).toBeUndefined();
    if (status === 403)
      expect(seen.text).toBe(
        'These credentials are not let in: send the user name and the password that this server knows, by basic authentication.\n',
      );
  });

  test('are asked for by 401 and a challenge where that is wished', async () => {
    const authenticate = () => createPasswordAccess('ann', () => 'right');
    await using boskos = await startBoskos({ authenticate, settings: { isChallenging: true } });
    expect(await boskos.send('POST', ACQUIRE)).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="boskos"' },
    });
  });

  test('are not asked for where nothing is told, so that health checks pass', async () => {
    const authenticate = () => createPasswordAccess('ann', () => 'right');
    await using boskos = await startBoskos({ authenticate });
    expect((await boskos.send('GET', '/')).status).toBe(200);
  });
});

describe('tokens', () => {
  test('go as a bearer, or as the password of basic authentication', async () => {
    await using boskos = await withTokens();
    const bearer = { Authorization: 'Bearer secret of boss' };
    expect((await boskos.send('POST', ACQUIRE, { headers: bearer })).status).toBe(200);
    await boskos.send('POST', '/release?name=a&dest=free&owner=ann', { headers: bearer });
    expect((await boskos.send('POST', ACQUIRE, { headers: basic('anybody', 'secret of boss') })).status).toBe(
      200,
    );
  });

  test('of viewers read and change nothing, and those of holders are not let in', async () => {
    await using boskos = await withTokens();
    const [viewer, holder] = [basic('', 'secret of looker'), basic('', 'secret of lender')];
    expect((await boskos.send('GET', '/metric?type=t', { headers: viewer })).status).toBe(200);
    for (const path of ['/acquire', '/acquirebystate', '/release', '/update', '/reset'])
      expect([path, (await boskos.send('POST', path, { headers: viewer })).status]).toEqual([path, 403]);
    expect((await boskos.send('GET', '/metric?type=t', { headers: holder })).status).toBe(403);
  });

  test('see the pools that they are for, and of the others nothing is there', async () => {
    await using boskos = await withTokens();
    const headers = basic('', 'secret of narrow');
    const seen = async (method: string, path: string): Promise<string> => {
      const { status, text } = await boskos.send(method, path, { headers });
      return `${status} ${text.trim()}`;
    };
    expect(await seen('POST', '/acquire?type=other&state=free&dest=busy&owner=ann')).toBe(
      '404 Acquire failed: resource type "other" does not exist',
    );
    expect(await seen('GET', '/metric?type=other')).toContain('404');
    expect(await seen('POST', '/reset?type=other&state=busy&dest=dirty&expire=0')).toBe('200 {}');
    expect(await seen('POST', '/release?name=c&dest=free&owner=ann')).toBe(
      '404 Done failed: c - free (from ann): no available resource c, try again later.',
    );
    expect(await seen('POST', '/update?name=c&state=busy&owner=eve')).toContain('404');
    expect(await seen('POST', '/acquirebystate?names=b&state=free&dest=busy&owner=ann')).toContain('404');
    expect(await boskos.see('b')).toMatchObject({ owner: '' });
    expect(await seen('POST', '/acquirebystate?names=a&state=free&dest=busy&owner=ann')).toContain('200');
  });
});
