import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Logger } from './logger.ts';
import { masterKeyOf } from './seal/master-key.ts';
import { createCredentialSeal } from './seal/credential-seal.ts';
import { createSecretBox } from './seal/secret-box.ts';
import { resealSecrets } from './secret-keys.ts';
import { startHttp, TEST_KEY } from './testing/http-harness.ts';
import type { HttpHarness } from './testing/http-harness.ts';

const NEW_KEY = masterKeyOf(new Uint8Array(32).fill(9));
const VALUE = 'correct-horse-battery';

function listen(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const log =
    (level: string) =>
    (...line: unknown[]): void =>
      void lines.push(`${level} ${JSON.stringify(line)}`);
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') } as Logger;
  return { logger, lines };
}

const go = new AbortController().signal;
const sealedOf = (http: HttpHarness, name: string) =>
  http.keeper.read((world) => world.secrets.get(name)?.sealed ?? '');

test('after a new key is given, secrets are sealed with it, and the log says that the earlier one can go', async () => {
  await using http = await startHttp();
  const names = Array.from({ length: 120 }, (_, n) => `s${n}`);
  for (const name of names)
    await http.call('PUT', `/v1/secrets/${name}`, { body: { value: `${VALUE}-${name}` } });
  const before = await http.lastEvent();
  const { logger, lines } = listen();
  await resealSecrets(http.keeper, {
    box: createSecretBox([NEW_KEY, TEST_KEY], randomBytes),
    logger,
    signal: go,
  });
  const alone = createSecretBox([NEW_KEY], randomBytes);
  for (const name of names) expect(alone.open(name, await sealedOf(http, name))).toBe(`${VALUE}-${name}`);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('POOLKEEPER_MASTER_KEY_OLD');
  expect(lines[0]).toContain('"count":120');
  expect(await http.lastEvent()).toBe(before);
  expect((await http.get('/v1/secrets/s0')).body.version).toBe(1);
});

test('with nothing to do it says nothing', async () => {
  await using http = await startHttp();
  await http.call('PUT', '/v1/secrets/root', { body: { value: VALUE } });
  const { logger, lines } = listen();
  await resealSecrets(http.keeper, { box: createSecretBox([TEST_KEY], randomBytes), logger, signal: go });
  expect(lines).toEqual([]);
});

test('what cannot be opened is named loudly, and stays as it is', async () => {
  await using http = await startHttp();
  await http.call('PUT', '/v1/secrets/root', { body: { value: VALUE } });
  const sealed = await sealedOf(http, 'root');
  const { logger, lines } = listen();
  await resealSecrets(http.keeper, { box: createSecretBox([NEW_KEY], randomBytes), logger, signal: go });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^error .*"names":\["root"\].*SECRETS CANNOT BE OPENED/);
  expect(await sealedOf(http, 'root')).toBe(sealed);
});

test('a secret that is broken keeps no other from being sealed anew', async () => {
  await using http = await startHttp();
  await http.call('PUT', '/v1/secrets/good', { body: { value: VALUE } });
  // Sealed for another name: somebody changed the database by hand.
  await http.keeper.ask({ type: 'putSecret', name: 'bad', sealed: await sealedOf(http, 'good'), by: 'x' });
  const { logger, lines } = listen();
  await resealSecrets(http.keeper, {
    box: createSecretBox([NEW_KEY, TEST_KEY], randomBytes),
    logger,
    signal: go,
  });
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['error', 'warn']);
  expect(createSecretBox([NEW_KEY], randomBytes).open('good', await sealedOf(http, 'good'))).toBe(VALUE);
});

test('credentials of resources are sealed anew beside them, and what the configuration said of them', async () => {
  await using http = await startHttp();
  const resources = [
    { name: 'one', credentials: { current: { apikey: VALUE }, management: { apikey: 'boss' } } },
  ];
  const config = {
    providers: [{ name: 'hand', driver: 'static' }],
    pools: [{ name: 'accounts', resources }],
  };
  await http.post('/v1/apply', { config });
  const before = await http.lastEvent();
  const { logger, lines } = listen();
  await resealSecrets(http.keeper, {
    box: createSecretBox([NEW_KEY, TEST_KEY], randomBytes),
    logger,
    signal: go,
  });
  const credential = await http.keeper.read((world) => [...world.credentials.values()][0]);
  const alone = createCredentialSeal(createSecretBox([NEW_KEY], randomBytes));
  const id = credential?.id ?? '';
  expect(alone.open(id, 'current', credential?.current?.sealed ?? '')).toEqual({ apikey: VALUE });
  expect(alone.open(id, 'management', credential?.management?.sealed ?? '')).toEqual({ apikey: 'boss' });
  expect(alone.wasTold(id, credential?.told?.current ?? '', { apikey: VALUE })).toBe(true);
  expect(credential?.version).toBe(1);
  expect(await http.lastEvent()).toBe(before);
  expect(lines).toHaveLength(1);
  const again = listen();
  await resealSecrets(http.keeper, {
    box: createSecretBox([NEW_KEY, TEST_KEY], randomBytes),
    logger: again.logger,
    signal: go,
  });
  expect(again.lines).toEqual([]);
});

test('credentials that cannot be opened are named by their resource, and stay as they are', async () => {
  await using http = await startHttp();
  const [one] = await http.pool('accounts', 1);
  const id = one?.id ?? '';
  await http.call('PUT', `/v1/resources/${id}/credentials`, { body: { current: { apikey: VALUE } } });
  const sealed = await http.keeper.read((world) => world.credentials.get(id)?.current?.sealed);
  const { logger, lines } = listen();
  await resealSecrets(http.keeper, { box: createSecretBox([NEW_KEY], randomBytes), logger, signal: go });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^error .*CREDENTIALS CANNOT BE OPENED/);
  expect(lines[0]).toContain(id);
  expect(await http.keeper.read((world) => world.credentials.get(id)?.current?.sealed)).toBe(sealed);
});
