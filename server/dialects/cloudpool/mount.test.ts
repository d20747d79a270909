import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHttp } from '../../testing/http-harness.ts';
import type { HttpHarness } from '../../testing/http-harness.ts';
import { silentLogger } from '../../logger.ts';
import { CloudPools } from './cloud-pools.ts';
import { createCloudpoolDialect } from './cloudpool-app.ts';
import { parseConfiguration } from './configuration/parse-configuration.ts';
import { DIALECT_DEFAULTS } from './parts.ts';
import { aConfiguration } from './testing/cloudpool-harness.ts';
import { SCRIPTED_DRIVER } from './testing/scripted-driver.ts';
import { createTokenAccess } from './token-access.ts';

const SEAL = {
  seal: (_name: string, value: string) => value,
  open: (_name: string, sealed: string) => sealed,
};

let http: HttpHarness;
beforeAll(async () => {
  http = await startHttp({
    mount: (keeper, timers) => {
      const parts = {
        keeper,
        timers,
        driver: SCRIPTED_DRIVER,
        parseConfiguration,
        tryOut: async () => ({ makes: true, attaches: true as const }),
        seal: SEAL,
        logger: silentLogger,
      };
      return [
        createCloudpoolDialect({
          pools: new CloudPools(parts),
          served: { api: 'current', pool: 'main', hasInstances: true },
          settings: DIALECT_DEFAULTS,
          authenticate: createTokenAccess(keeper),
          logger: silentLogger,
          prefix: '/cloudpool',
        }),
      ];
    },
  });
  await http.pool('web', 2);
  await http.pool('lab', 1);
  await http.token('of-web', 'operator', { pools: ['web'] });
  await http.post('/cloudpool/cloudpools/made', undefined);
  await http.post('/cloudpool/cloudpools/made/config', aConfiguration());
});
afterAll(() => http[Symbol.asyncDispose]());

const MADE = '/cloudpool/cloudpools/made';

describe('under a prefix of the main server', () => {
  test('addresses of instances have the prefix, and native pools are among them', async () => {
    expect(await http.get('/cloudpool/cloudpools')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: ['lab', 'made', 'web'].map((name) => `http://localhost:80/cloudpool/cloudpools/${name}`),
    });
  });

  test('the pool of the root is served beside the instances', async () => {
    expect(await http.get('/cloudpool/status')).toMatchObject({
      status: 200,
      body: { started: false, configured: false },
    });
  });

  test.each(['/cloudpool', '/cloudpool/', '/cloudpool/nothing', '/cloudpool/cloudpools/made/nothing'])(
    'what is not there is told in the words of the protocol: %s',
    async (path) => {
      expect(await http.get(path)).toMatchObject({
        status: 404,
        headers: { 'content-type': 'application/json' },
        body: { message: expect.stringContaining('there is nothing at GET /'), detail: '' },
      });
    },
  );

  test('a path beside the prefix is the main server’s', async () => {
    expect((await http.get('/cloudpools')).body).toMatchObject({ code: 'route_not_found' });
  });

  test('a path that is no URL is refused in the words of the protocol', async () => {
    await http.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = http.app.server.address() as AddressInfo;
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.end('GET /cloudpool/status%2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
      );
      let all = '';
      socket.on('data', (chunk) => (all += chunk.toString()));
      socket.on('error', reject);
      socket.on('close', () => resolve(all));
    });
    expect(text).toContain('400 Bad Request');
    expect(text).toContain('{"message":"the path is not a URL');
  });

  test('a name of 255 characters can be used', async () => {
    const path = `/cloudpool/cloudpools/${'n'.repeat(255)}`;
    expect((await http.post(path, undefined)).status).toBe(201);
    expect((await http.get(`${path}/status`)).body).toEqual({ started: false, configured: false });
    expect((await http.call('DELETE', path)).status).toBe(200);
    expect((await http.post(`${path}n`, undefined)).body.message).toContain('it may have 255 characters');
  });

  test('the API document of the main server does not have it', async () => {
    const document = (await http.get('/openapi.json')).body as { paths: Record<string, unknown> };
    expect(Object.keys(document.paths).filter((path) => path.startsWith('/cloudpool'))).toEqual([]);
  });
});

describe('tokens of the main server', () => {
  test('nobody comes in without one, and the challenge is the one that clients wait for', async () => {
    const seen = await http.get(`${MADE}/status`, { as: null });
    expect(seen).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="poolkeeper"' } });
    expect(seen.body).toEqual({ message: expect.stringContaining('send a token'), detail: '' });
  });

  test('one that is nobody’s is refused', async () => {
    expect((await http.get(`${MADE}/status`, { as: 'pk_unknown' })).status).toBe(401);
    const headers = { authorization: `Basic ${btoa('admin:pk_unknown')}` };
    expect((await http.get(`${MADE}/status`, { as: null, headers })).status).toBe(401);
  });

  test('a bearer is let in, and so is who gives it as the password of any user', async () => {
    expect((await http.get(`${MADE}/status`, { as: 'viewer' })).status).toBe(200);
    const headers = { authorization: `basic ${btoa(`anybody:${http.secrets.get('viewer')}`)}` };
    expect((await http.get(`${MADE}/status`, { as: null, headers })).status).toBe(200);
  });

  test.each([
    ['GET', '/status', { viewer: 200, operator: 200, admin: 200, holder: 403, runner: 403 }],
    ['GET', '/config', { viewer: 403, operator: 200, admin: 200, holder: 403, runner: 403 }],
    ['POST', '/stop', { viewer: 403, operator: 200, admin: 200, holder: 403, runner: 403 }],
    ['GET', '/pool', { viewer: 400, operator: 400, admin: 400, holder: 403, runner: 403 }],
  ] as const)('%s %s is for those who may', async (method, path, statuses) => {
    for (const [as, status] of Object.entries(statuses)) {
      expect((await http.call(method, `${MADE}${path}`, { as })).status, as).toBe(status);
    }
  });

  test('who may not write is refused before the body is looked at', async () => {
    const seen = await http.call('POST', `${MADE}/pool/size`, { as: 'viewer', body: {} });
    expect(seen).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('right to change') },
    });
  });

  test('what is outside of the pools of a token is not there for it', async () => {
    const as = 'of-web';
    expect((await http.get('/cloudpool/cloudpools', { as })).body).toEqual([
      'http://localhost:80/cloudpool/cloudpools/web',
    ]);
    expect((await http.get('/cloudpool/cloudpools/web/pool', { as })).status).toBe(200);
    expect(await http.get('/cloudpool/cloudpools/lab/pool', { as })).toMatchObject({
      status: 404,
      body: { message: 'no such cloudpool instance: lab', detail: '' },
    });
    expect((await http.post('/cloudpool/cloudpools/other', undefined, { as })).status).toBe(404);
    expect((await http.get('/cloudpool/status', { as })).status).toBe(404);
  });
});
