import { randomBytes } from 'node:crypto';
import { Refusal } from '@poolkeeper/core';
import type { Credential } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import { askSealed, SEALINGS_MAX } from './configured-credentials.ts';
import { configurationSpecOf } from './schemas/configuration-spec.ts';
import type { ConfigurationInput } from './schemas/configuration.ts';
import { createCredentialSeal } from './seal/credential-seal.ts';
import { createSecretBox } from './seal/secret-box.ts';
import { startHttp, TEST_KEY } from './testing/http-harness.ts';
import type { Answer, HttpHarness } from './testing/http-harness.ts';

const KEY = 'tiger-tiger-burning';
const seal = createCredentialSeal(createSecretBox([TEST_KEY], randomBytes));

function configOf(credentials: object | undefined): object {
  const resource = { name: 'one', ...(credentials === undefined ? {} : { credentials }) };
  return {
    config: {
      providers: [{ name: 'hand', driver: 'static' }],
      pools: [{ name: 'accounts', resources: [resource] }],
    },
  };
}

const EMPTY = {
  config: { providers: [{ name: 'hand', driver: 'static' }], pools: [{ name: 'accounts', resources: [] }] },
};

const apply = (http: HttpHarness, credentials?: object): Promise<Answer> =>
  http.post('/v1/apply', configOf(credentials));

function credentialOf(http: HttpHarness): Promise<Credential | undefined> {
  return http.keeper.read((world) => [...world.credentials.values()][0]);
}

function opened(credential: Credential | undefined): unknown {
  return seal.open(credential?.id ?? '', 'current', credential?.current?.sealed ?? '');
}

test('a configuration gives credentials, and its plan says that alone', async () => {
  await using http = await startHttp();
  const given = { current: { apikey: KEY }, management: { apikey: `${KEY}-boss` } };
  const planned = await http.post('/v1/plan', configOf(given));
  expect(planned.status).toBe(200);
  expect(planned.text).toContain('credentials.current');
  expect(await credentialOf(http)).toBeUndefined();
  const applied = await apply(http, given);
  expect(opened(await credentialOf(http))).toEqual({ apikey: KEY });
  const config = await http.get('/v1/config');
  expect(config.text).not.toContain('credentials');
  for (const { text } of [planned, applied, config, await http.get('/v1/events')])
    expect(text).not.toMatch(/tiger|pkseal/);
});

test('the plan that was agreed to is the one that is applied, though each sealing differs', async () => {
  await using http = await startHttp();
  const given = { current: { apikey: KEY } };
  const planned = await http.post('/v1/plan', configOf(given));
  const { fingerprint } = planned.body;
  expect((await http.post('/v1/apply', { ...configOf(given), fingerprint })).status).toBe(200);
});

test('the same words again change nothing, and other words do', async () => {
  await using http = await startHttp();
  await apply(http, { current: { user: 'a', apikey: KEY } });
  const before = await http.lastEvent();
  const again = await apply(http, { current: { apikey: KEY, user: 'a' } });
  expect([again.status, await http.lastEvent()]).toEqual([200, before]);
  expect((await apply(http)).status).toBe(200);
  expect(await http.lastEvent()).toBe(before);
  const other = await apply(http, { current: { apikey: 'lion', user: 'a' } });
  expect(other.text).toContain('sealed, another one');
  expect(opened(await credentialOf(http))).toEqual({ apikey: 'lion', user: 'a' });
  expect(await credentialOf(http)).toMatchObject({ version: 2 });
});

test('what was replaced since, as a rotation does, is not set again by the same file', async () => {
  await using http = await startHttp();
  await apply(http, { current: { apikey: KEY } });
  const id = (await credentialOf(http))?.id ?? '';
  await http.call('PUT', `/v1/resources/${id}/credentials`, { body: { current: { apikey: 'rotated' } } });
  await apply(http, { current: { apikey: KEY } });
  expect(opened(await credentialOf(http))).toEqual({ apikey: 'rotated' });
});

test('what was taken away is given again', async () => {
  await using http = await startHttp();
  await apply(http, { current: { apikey: KEY } });
  const id = (await credentialOf(http))?.id ?? '';
  await http.call('DELETE', `/v1/resources/${id}/credentials`);
  await apply(http, { current: { apikey: KEY } });
  expect(opened(await credentialOf(http))).toEqual({ apikey: KEY });
});

test('a name that is none is refused by its place, and no value is repeated', async () => {
  await using http = await startHttp();
  const refused = await apply(http, { current: { 'api key': KEY } });
  expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  expect(refused.body.errors[0].pointer).toBe('/config/pools/0/resources/0/credentials/current/api key');
  expect(refused.text).not.toContain('tiger');
});

describe('a resource that comes into its pool while its credentials are sealed', () => {
  /** Applies a configuration that names the resource; `before` happens each time between sealing and deciding. */
  async function applyAfter(http: HttpHarness, before: (turn: number) => Promise<unknown>): Promise<void> {
    const given = configOf({ current: { apikey: KEY } }) as { config: ConfigurationInput };
    const { pools, workflows, profiles } = configurationSpecOf(given.config);
    let turn = 0;
    const newId = (prefix: string): string => `${prefix}_sealed${(turn += 1)}`;
    await askSealed({ keeper: http.keeper, seal, newId }, pools, async (sealed) => {
      await before(turn);
      await http.keeper.ask({
        type: 'configure',
        providers: [],
        workflows,
        profiles,
        pools: sealed,
        isPruning: false,
        agreed: null,
      });
    });
  }

  test('gets them all the same: they are sealed for it', async () => {
    await using http = await startHttp();
    await http.post('/v1/apply', EMPTY);
    await applyAfter(http, async (turn) => {
      if (turn === 1) await http.post('/v1/resources', { pool: 'accounts', name: 'one' });
    });
    expect(opened(await credentialOf(http))).toEqual({ apikey: KEY });
  });

  test('again and again ends it, and nothing was changed', async () => {
    await using http = await startHttp();
    await http.post('/v1/apply', EMPTY);
    let sealings = 0;
    const moving = applyAfter(http, () => {
      sealings += 1;
      return Promise.reject(new Refusal('plan_outdated', 'It came into its pool meanwhile.'));
    });
    await expect(moving).rejects.toThrow('It came into its pool meanwhile.');
    expect([sealings, await credentialOf(http)]).toEqual([SEALINGS_MAX, undefined]);
  });
});
