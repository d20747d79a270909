import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCloudSimulator } from './cloud-simulator/start-simulator.ts';
import type { RunningSimulator } from './cloud-simulator/start-simulator.ts';
import { TestCertificates } from './dialects/testing/test-certificates.ts';
import { PASSWORD } from './dialects/testing/test-certificates.ts';
import { sendRaw } from './dialects/testing/raw-http.ts';
import { CompatHarness, freePort } from './testing/cloudpool-harness.ts';
import { lookForPrograms } from './testing/real-parts.ts';

const { areMissing, reason } = lookForPrograms({ openssl: 'openssl' });

let cloud: RunningSimulator;
beforeAll(async () => {
  cloud = await startCloudSimulator({ host: '127.0.0.1', port: 0 });
});
afterAll(() => cloud[Symbol.asyncDispose]());

const configuration = (more: object = {}) => ({
  name: 'web',
  cloudApiSettings: { url: cloud.url },
  provisioningTemplate: { size: 'small' },
  ...more,
});
const status = (harness: CompatHarness, path = '/status') => harness.json<object>(path);

function basic(user: string, password: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

describe('the drop-in for one pool', () => {
  test('keeps its configuration and its status over a restart, unless an option says otherwise', async () => {
    await using harness = await CompatHarness.start({});
    expect(await status(harness)).toEqual({ started: false, configured: false });
    expect((await harness.post('/config', configuration())).status).toBe(200);
    await harness.restart();
    expect(await status(harness)).toEqual({ started: false, configured: true });
    expect(await harness.json('/config')).toEqual(configuration());
    expect((await harness.send('POST', '/start')).status).toBe(200);
    await harness.restart();
    expect(await status(harness)).toEqual({ started: true, configured: true });
    await harness.restart({ stopped: true });
    expect(await status(harness)).toEqual({ started: false, configured: true });
  });

  test('configures and starts what --config names, and with --stopped does not start it', async () => {
    await using harness = await CompatHarness.start({ config: 'web.json', stopped: true }, (folder) =>
      writeFileSync(join(folder, 'web.json'), JSON.stringify(configuration())),
    );
    expect(await status(harness)).toEqual({ started: false, configured: true });
    await harness.restart({ stopped: false });
    expect(await status(harness)).toEqual({ started: true, configured: true });
  });

  test('does not start with a --config that cannot be taken, and says why without repeating it', async () => {
    const start = (text: string) =>
      CompatHarness.start({ config: 'bad.json' }, (folder) => writeFileSync(join(folder, 'bad.json'), text));
    await expect(start('{"password": "hunter2"')).rejects.toThrow(
      /bad\.json cannot be read: it is not JSON$/,
    );
    await expect(start('{"name": "web"}')).rejects.toThrow('missing cloudApiSettings');
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const error = await start(JSON.stringify(configuration({ cloudApiSettings: { url: nowhere } }))).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ name: 'CloudpoolStartError', isOfCloud: true });
  });

  test('starts again with the same --config while its cloud is down', async () => {
    await using other = await startCloudSimulator({ host: '127.0.0.1', port: 0 });
    const text = JSON.stringify(configuration({ cloudApiSettings: { url: other.url } }));
    await using harness = await CompatHarness.start({ config: 'web.json' }, (folder) =>
      writeFileSync(join(folder, 'web.json'), text),
    );
    await other[Symbol.asyncDispose]();
    await harness.restart();
    expect(await status(harness)).toEqual({ started: true, configured: true });
  });

  test('takes over the config.json of the original once, started as it was there', async () => {
    await using harness = await CompatHarness.start({}, (folder) =>
      writeFileSync(join(folder, 'config.json'), JSON.stringify(configuration())),
    );
    expect(await status(harness)).toEqual({ started: true, configured: true });
    writeFileSync(join(harness.folder, 'config.json'), JSON.stringify(configuration({ name: 'other' })));
    await harness.restart();
    expect(await harness.json('/config')).toMatchObject({ name: 'web' });
  });

  test('refuses what a provider would not take, before its cloud is asked', async () => {
    await using harness = await CompatHarness.start({ driver: 'ec2' });
    const keys = { awsAccessKeyId: 'AKIDEXAMPLE', awsSecretAccessKey: 'hunter2hunter2' };
    const template = { instanceType: 'm5.large', amiId: 'ami-0a', subnetIds: ['subnet-0a'] };
    const refused = async (settings: object, provisioningTemplate: object): Promise<string> => {
      const body = { name: 'web', cloudApiSettings: { ...keys, ...settings }, provisioningTemplate };
      const answer = await harness.post('/config', body);
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain('hunter2');
      return (JSON.parse(answer.text) as { message: string }).message;
    };
    expect(await refused({ region: 'EU West' }, template)).toMatch(
      /: cloudApiSettings: region: The name of a region is needed/,
    );
    const tags = Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`t${index}`, 'x']));
    const encodedUserData = Buffer.alloc(17 * 1_024).toString('base64');
    const message = await refused(
      { region: 'eu-west-1' },
      { ...template, amiId: 'mine', tags, encodedUserData },
    );
    for (const name of ['amiId', 'tags', 'encodedUserData'])
      expect(message).toContain(`provisioningTemplate: ${name}: `);
    expect(await status(harness)).toEqual({ started: false, configured: false });
  });

  test('takes the address of the cloud from --cloud where a configuration names none', async () => {
    await using harness = await CompatHarness.start({ cloud: cloud.url });
    expect((await harness.post('/config', configuration({ cloudApiSettings: {} }))).status).toBe(200);
  });
});

describe('version 1', () => {
  test('is served in the place of the present API, and nothing beside it', async () => {
    await using harness = await CompatHarness.start({ versionOne: true });
    expect((await harness.post('/config', configuration())).status).toBe(200);
    expect((await harness.post('/pool', { desiredCapacity: 1 })).status).toBe(200);
    const { machines } = await harness.json<{ machines: object[] }>('/pool');
    expect(machines.map((machine) => Object.keys(machine).toSorted())).toEqual([
      ['id', 'launchtime', 'liveness', 'metadata', 'privateIps', 'publicIps', 'state'],
    ]);
    expect((await harness.send('GET', '/pool/size')).status).toBe(404);
    expect((await harness.send('POST', '/start')).status).toBe(404);
  });

  test('has its resize beside the present API, unless an option takes it away', async () => {
    await using harness = await CompatHarness.start({ legacyResize: false });
    const { status: refused, headers } = await harness.post('/pool', { desiredCapacity: 1 });
    expect([refused, headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});

describe('the drop-in for many pools', () => {
  test('makes, lists and removes instances, as the test of the image of the original does it', async () => {
    await using harness = await CompatHarness.start({ multipool: true });
    const list = () => harness.json<string[]>('/cloudpools');
    expect(await list()).toEqual([]);
    for (const name of ['pool1', 'pool2'])
      expect((await harness.send('POST', `/cloudpools/${name}`)).status).toBe(201);
    expect(await list()).toHaveLength(2);
    expect((await harness.send('DELETE', '/cloudpools/pool1')).status).toBe(200);
    expect(await list()).toEqual(['http://cloud.example:8443/cloudpools/pool2']);
    await harness.restart();
    expect(await list()).toHaveLength(1);
    expect((await harness.send('GET', '/pool')).status).toBe(404);
  });

  test('takes over what the original left; an instance that is broken is listed and keeps nobody from starting (V12)', async () => {
    const leave = (folder: string, name: string, files: Record<string, string>): void => {
      mkdirSync(join(folder, name));
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text);
    };
    await using harness = await CompatHarness.start({ multipool: true }, (folder) => {
      const good = JSON.stringify(configuration());
      leave(folder, 'runs', { 'config.json': good, 'status.json': '{"started":true,"configured":true}' });
      leave(folder, 'rests', { 'config.json': good, 'status.json': '{"started":false,"configured":true}' });
      leave(folder, 'broken', {
        'config.json': '{"name": "web"',
        'status.json': '{"started":true,"configured":true}',
      });
      leave(folder, 'fresh', { 'status.json': '{"started":false,"configured":false}' });
      leave(folder, 'something-else', { 'notes.txt': 'not an instance' });
    });
    const seen = async (): Promise<Record<string, object>> => {
      const urls = await harness.json<string[]>('/cloudpools');
      const paths = urls.map((url) => new URL(url).pathname);
      return Object.fromEntries(
        await Promise.all(
          paths.map(async (path) => [path.split('/').pop(), await status(harness, `${path}/status`)]),
        ),
      ) as Record<string, object>;
    };
    expect(await seen()).toEqual({
      broken: { started: false, configured: false },
      fresh: { started: false, configured: false },
      rests: { started: false, configured: true },
      runs: { started: true, configured: true },
    });
    // What is removed does not come back from the files that the original left.
    expect((await harness.send('DELETE', '/cloudpools/rests')).status).toBe(200);
    writeFileSync(join(harness.folder, 'broken', 'config.json'), JSON.stringify(configuration()));
    await harness.restart();
    expect(await seen()).toEqual({
      broken: { started: true, configured: true },
      fresh: { started: false, configured: false },
      runs: { started: true, configured: true },
    });
  });
});

describe('users of a realm', () => {
  let harness: CompatHarness;
  beforeAll(async () => {
    harness = await CompatHarness.start(
      { realmFile: 'realm', requireBasicauth: true, requireRole: 'USER', corsOrigin: ['https://ui.example'] },
      (folder) => writeFileSync(join(folder, 'realm'), 'ann: CRYPT:rl.3StKT.4T8M,USER\nbob: hello,GUEST\n'),
    );
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  test('are challenged, let in by their password, and kept out without the role', async () => {
    const challenged = await harness.send('GET', '/status');
    expect(challenged.status).toBe(401);
    expect(challenged.headers['www-authenticate']).toBe('basic realm="elastisys:scale security realm"');
    expect(JSON.parse(challenged.text)).toEqual({ message: 'this needs a user and a password', detail: '' });
    const as = async (user: string, password: string, path = '/status'): Promise<number> =>
      (await harness.send('GET', path, { headers: basic(user, password) })).status;
    expect(await as('ann', 'rasmuslerdorf')).toBe(200);
    expect(await as('ann', 'hello')).toBe(401);
    expect(await as('bob', 'hello')).toBe(403);
    expect(await as('nobody', 'hello')).toBe(401);
    expect(await as('ann', 'wrong', '/nothing/here')).toBe(401);
    expect(await as('ann', 'rasmuslerdorf', '/nothing/here')).toBe(404);
  });

  test('are not asked in the preflight of a page that is allowed, which browsers send without credentials', async () => {
    const preflight = (origin: string) =>
      harness.send('OPTIONS', '/pool/size', {
        headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
      });
    const allowed = await preflight('https://ui.example');
    expect(allowed.status).toBe(200);
    expect(allowed.headers['access-control-allow-origin']).toBe('https://ui.example');
    expect((await preflight('https://else.example')).status).toBe(401);
  });

  test('are read at the start: a role that nobody has, or a bad line, keeps the server from it', async () => {
    const start = (realm: string) =>
      CompatHarness.start({ realmFile: 'realm', requireBasicauth: true, requireRole: 'USER' }, (folder) =>
        writeFileSync(join(folder, 'realm'), realm),
      );
    await expect(start('bob: hello,GUEST')).rejects.toThrow('none of its users has the role USER');
    await expect(start('ann: hello,USER\nbob')).rejects.toThrow('line 2: "user: secret,ROLE" is needed');
  });
});

describe.skipIf(areMissing)(`HTTPS${reason}`, () => {
  let made: TestCertificates;
  beforeAll(async () => {
    made = await TestCertificates.make();
  });
  afterAll(() => made[Symbol.dispose]());

  test('asks for a certificate in the handshake and for a user after it, where both are required', async () => {
    const httpsPort = String(await freePort());
    await using harness = await CompatHarness.start(
      {
        httpsPort,
        sslKeystore: await made.pkcs12('server.p12', 'server'),
        sslKeystorePassword: PASSWORD,
        requireCert: true,
        sslTruststore: made.path('ca.pem'),
        realmFile: 'realm',
        requireBasicauth: true,
        requireRole: 'USER',
        host: '127.0.0.1',
      },
      (folder) => writeFileSync(join(folder, 'realm'), 'ann: hello,USER\n'),
    );
    const visit = (client: string | null, headers: Record<string, string> = {}): Promise<number | string> =>
      new Promise((resolve) => {
        const sent = request({
          host: '127.0.0.1',
          port: httpsPort,
          path: '/status',
          headers,
          ca: readFileSync(made.path('ca.pem')),
          ...(client === null
            ? {}
            : {
                cert: readFileSync(made.path(`${client}.pem`)),
                key: readFileSync(made.path(`${client}.key`)),
              }),
        });
        sent.on('response', (response) => resolve(response.resume().statusCode ?? 0));
        sent.on('error', (error) => resolve(error.message));
        sent.end();
      });
    expect(await visit('client', basic('ann', 'hello'))).toBe(200);
    expect(await visit('client')).toBe(401);
    expect(await visit(null, basic('ann', 'hello'))).toEqual(expect.any(String));
    expect(await visit('stranger', basic('ann', 'hello'))).toEqual(expect.any(String));
    expect(harness.server.dialectUrls.cloudpool).toEqual([
      `http://127.0.0.1:${harness.port}`,
      `https://127.0.0.1:${httpsPort}`,
    ]);
  });
});

test('what is under way when the server stops is answered, and a connection without a request keeps nobody waiting', async () => {
  await using harness = await CompatHarness.start({});
  const idle = connect(harness.port, '127.0.0.1');
  await once(idle, 'connect');
  const sent = connect(harness.port, '127.0.0.1');
  await once(sent, 'connect');
  const body = JSON.stringify(configuration());
  const head = `POST /config HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  sent.write(head + body.slice(0, 10));
  const stopped = harness.stop();
  sent.write(body.slice(10));
  const [answer] = (await once(sent, 'data')) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
  await stopped;
});

describe('beside the native API', () => {
  test('a token opens the pools under /cloudpool, and a listener with one of them at its root', async () => {
    const port = await freePort();
    await using harness = await CompatHarness.start({ multipool: true });
    expect((await harness.send('POST', '/cloudpools/web')).status).toBe(201);
    const native = Number(new URL(harness.server.url).port);
    const bearer = { Authorization: `Bearer ${harness.adminToken}` };
    const listed = await sendRaw(native, { method: 'GET', path: '/cloudpool/cloudpools', headers: bearer });
    expect(JSON.parse(listed.text)).toEqual(['http://cloud.example:8443/cloudpool/cloudpools/web']);
    expect((await sendRaw(native, { method: 'GET', path: '/cloudpool/cloudpools' })).status).toBe(401);
    await harness.restart({}, { POOLKEEPER_CLOUDPOOL_LISTEN: `127.0.0.1:${port}=web` });
    const own = (headers: Record<string, string>) =>
      sendRaw(port, { method: 'GET', path: '/status', headers });
    expect((await own({})).status).toBe(401);
    expect(JSON.parse((await own(basic('anybody', harness.adminToken))).text)).toEqual({
      started: false,
      configured: false,
    });
  });
});
