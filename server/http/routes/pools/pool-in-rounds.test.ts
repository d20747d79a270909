import { expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const DETAILS = {
  launchedAt: 1_700_000_000_000,
  requestedAt: null,
  publicAddresses: ['198.51.100.7'],
  privateAddresses: [],
  cloud: 'Simulated',
  region: 'north',
  size: 'small',
  metadata: { rack: 'b4' },
};

/** A cloud pool instance that has taken in one machine, which its clients have marked. */
async function withInstance(http: HttpHarness): Promise<void> {
  const { keeper } = http;
  await keeper.ask({ type: 'createUpkeep', name: 'cloud' });
  await keeper.ask({
    type: 'configureUpkeep',
    name: 'cloud',
    sealed: 'sealed',
    provider: { name: 'cloud', driver: 'process', makes: true, options: {} },
    kind: 'machine',
    template: {},
    victims: 'newest',
    rounds: { fetchMs: 30_000, retries: 3, backoffMs: 3_000, reachableMs: 300_000, updateMs: 60_000 },
  });
  await keeper.ask({ type: 'startUpkeep', name: 'cloud' });
  const thing = {
    resource: null,
    externalId: 'vm-1',
    machine: 'RUNNING',
    liveness: 'LIVE',
    addresses: ['198.51.100.7'],
    endpoints: {},
    marks: { membership: { active: false, evictable: false }, serviceState: 'IN_SERVICE' },
    details: DETAILS,
  } as const;
  const outcome = { result: 'seen', things: [thing] } as const;
  await keeper.ask({ type: 'finishLook', upkeep: 'cloud', number: 1, startedAt: 1, outcome });
}

test('a pool that is kept in rounds shows them, and is changed natively in all that its configuration does not say', async () => {
  await using http = await startHttp();
  await withInstance(http);
  const rounds = { fetch: '30s', retries: 3, backoff: '3s', reachable: '5m', update: '1m' };
  expect((await http.get('/v1/pools/cloud')).body).toMatchObject({ rounds, size: { desired: 0 } });
  const patched = await http.call('PATCH', '/v1/pools/cloud', {
    body: { size: { desired: 2 }, labels: { a: 'b' } },
  });
  expect(patched.body).toMatchObject({ rounds, size: { desired: 2 }, labels: { a: 'b' } });
  const refused = await http.call('DELETE', '/v1/pools/cloud');
  expect([refused.status, refused.body.code]).toEqual([409, 'pool_of_upkeep']);
  expect((await http.get('/v1/config')).text).not.toContain('cloud');
});

test('its members show their membership, service state and details; where they are is for those who see addresses', async () => {
  await using http = await startHttp();
  await withInstance(http);
  const { body } = await http.get('/v1/resources?pool=cloud');
  const [shown] = body.items;
  expect(shown).toMatchObject({
    active: false,
    evictable: false,
    serviceState: 'IN_SERVICE',
    externalId: 'vm-1',
    details: { ...DETAILS, launchedAt: '2023-11-14T22:13:20.000Z', requestedAt: null },
  });
  const seen = (await http.get('/v1/resources?pool=cloud', { as: 'holder' })).body.items[0];
  expect(seen.details).toMatchObject({ publicAddresses: [], region: 'north' });
  expect(seen.details.metadata).toBeUndefined();
});
