import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startMailServer } from '../../../notifications/testing/test-mail-server.ts';
import { systemTimers } from '../../../system-clock.ts';
import { VirtualTime } from '../../../virtual-time.ts';
import { parseConfiguration } from '../configuration/parse-configuration.ts';
import { makeCertificates, makePkcs12 } from '../testing/test-certificates.ts';
import { TestAlertReceiver } from '../testing/test-alert-receiver.ts';
import { createSenders } from './alert-senders.ts';
import type { AlertSender, SenderParts } from './alert-senders.ts';

const PASSWORD = 'hunter2-very-secret';
const BODY = JSON.stringify({ topic: 'RESIZE', severity: 'INFO', message: 'ä', metadata: {} });
const { signal } = new AbortController();

/** The one sender that an `alerts` section names. */
function aSender(alerts: JsonObject, parts: Partial<SenderParts> = {}): AlertSender {
  const { alerts: settings } = parseConfiguration({
    name: 'web',
    cloudApiSettings: {},
    provisioningTemplate: {},
    alerts,
  });
  const senders =
    settings === null ? [] : createSenders({ timers: systemTimers, version: '1.2.3', ...parts }, settings);
  expect(senders).toHaveLength(1);
  return senders[0] as AlertSender;
}

const hook = (url: string, more: JsonObject = {}): JsonObject => ({
  http: [{ destinationUrls: [url], ...more }],
});
const basic: JsonObject = { auth: { basicCredentials: { username: 'ann', password: PASSWORD } } };

describe('a webhook', () => {
  let receiver: TestAlertReceiver;
  beforeEach(async () => {
    receiver = await new TestAlertReceiver().listen();
  });
  afterEach(() => receiver[Symbol.asyncDispose]());

  test('is posted the alert as JSON, and sends no credentials that nobody asked for', async () => {
    const sender = aSender(hook(`${receiver.url}?token=t`, basic));
    expect(await sender.send(BODY, signal)).toEqual({ isDelivered: true });
    const [{ method, path, headers, body }] = receiver.got as [(typeof receiver.got)[0]];
    expect([method, path, body]).toEqual(['POST', '/alerts?token=t', BODY]);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=UTF-8',
      'user-agent': 'poolkeeper/1.2.3',
    });
    expect(headers.authorization).toBeUndefined();
    expect(sender.name, 'a query may hold a token').toBe(receiver.url);
  });

  test('that answers 401 with a challenge is sent the credentials, once', async () => {
    receiver.answer = (response, { headers }) => {
      const isKnown = headers.authorization === `Basic ${Buffer.from(`ann:${PASSWORD}`).toString('base64')}`;
      response.writeHead(isKnown ? 204 : 401, { 'www-authenticate': 'Basic realm="alerts"' }).end();
    };
    expect(await aSender(hook(receiver.url, basic)).send(BODY, signal)).toEqual({ isDelivered: true });
    expect(receiver.got.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true]);
    expect(receiver.alerts[1]).toEqual(receiver.alerts[0]);
  });

  test.each([
    ['another kind of challenge', { 'www-authenticate': 'Digest realm="x"' }],
    ['no challenge', {}],
  ])('that answers 401 with %s is not', async (_what, head) => {
    receiver.answer = (response) => response.writeHead(401, head).end();
    const result = await aSender(hook(receiver.url, basic)).send(BODY, signal);
    expect(result).toMatchObject({ isDelivered: false, error: expect.stringContaining('It answered 401') });
    expect(receiver.got).toHaveLength(1);
  });

  test.each([
    [307, 'not followed'],
    [500, 'It answered 500'],
    [410, 'nothing is to be sent there again'],
  ])('that answers %i does not have it: %s', async (status, error) => {
    receiver.answer = (response) => response.writeHead(status, { location: receiver.url }).end('no');
    const result = await aSender(hook(receiver.url)).send(BODY, signal);
    expect(result).toMatchObject({ isDelivered: false, error: expect.stringContaining(error) });
    expect(receiver.got).toHaveLength(1);
  });

  test('that answers without end is not listened to', async () => {
    receiver.answer = (response) => void response.writeHead(200).write('x'.repeat(1_000_000));
    expect(await aSender(hook(receiver.url)).send(BODY, signal)).toEqual({ isDelivered: true });
  });

  test('that does not answer is given up in the time that was configured', async () => {
    receiver.answer = () => {};
    const time = new VirtualTime();
    const sent = aSender(hook(receiver.url, { socketTimeout: 7_000 }), { timers: time }).send(BODY, signal);
    await expect.poll(() => receiver.got.length).toBe(1);
    await time.advance(7_000);
    expect(await sent).toMatchObject({ error: 'Nobody answers there: no answer within 7 s.' });
    expect(time.pending).toBe(0);
  });

  test('is let go of soon after the signal', async () => {
    receiver.answer = () => {};
    const stop = new AbortController();
    const sent = aSender(hook(receiver.url)).send(BODY, stop.signal);
    await expect.poll(() => receiver.got.length).toBe(1);
    stop.abort();
    expect(await sent).toMatchObject({ isDelivered: false });
  });

  test('that is not there', async () => {
    const { url } = receiver;
    await receiver[Symbol.asyncDispose]();
    expect(await aSender(hook(url)).send(BODY, signal)).toMatchObject({
      error: 'Nobody answers there: nothing listens.',
    });
    receiver = await new TestAlertReceiver().listen();
  });
});

describe('a webhook that wants a certificate', () => {
  let directory: string;
  let made: ReturnType<typeof makeCertificates>;
  let receiver: TestAlertReceiver;
  beforeAll(async () => {
    made = makeCertificates();
    directory = mkdtempSync(join(tmpdir(), 'poolkeeper-alerts-'));
    writeFileSync(join(directory, 'client.p12'), makePkcs12(made.client, PASSWORD, 'aes256'));
    writeFileSync(join(directory, 'client.pem'), made.client.certificate);
    writeFileSync(join(directory, 'client.key'), made.client.key);
    const { server, authority } = made;
    receiver = await new TestAlertReceiver({
      key: server.key,
      cert: server.certificate,
      ca: authority,
      requestCert: true,
      rejectUnauthorized: true,
    }).listen();
  });
  afterAll(async () => {
    await receiver[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  test.each([
    ['PKCS12', { keystorePath: 'client.p12', keystorePassword: PASSWORD }],
    ['PEM', { keystoreType: 'PEM', keystorePath: 'client.pem', keyPath: 'client.key' }],
  ])('is shown one of %s', async (_type, files) => {
    const certificateCredentials = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [
        name,
        name.endsWith('Path') ? join(directory, text) : text,
      ]),
    );
    const sender = aSender(hook(receiver.url, { auth: { certificateCredentials } }), {
      authorities: [made.authority],
    });
    expect(await sender.send(BODY, signal)).toEqual({ isDelivered: true });
    expect(receiver.got.at(-1)?.client).toBe('alerter');
  });

  test('gets nothing from who has none, and who is not vouched for is told nothing', async () => {
    const before = receiver.got.length;
    const withoutOwn = await aSender(hook(receiver.url), { authorities: [made.authority] }).send(
      BODY,
      signal,
    );
    const withoutTrust = await aSender(hook(receiver.url)).send(BODY, signal);
    expect([withoutOwn.isDelivered, withoutTrust.isDelivered, receiver.got.length]).toEqual([
      false,
      false,
      before,
    ]);
  });

  test('whose file was lost since is an error that names the file, and throws nothing', async () => {
    const path = join(directory, 'lost.p12');
    writeFileSync(path, makePkcs12(made.client, PASSWORD, 'aes256'));
    const certificateCredentials = { keystorePath: path, keystorePassword: PASSWORD };
    const sender = aSender(hook(receiver.url, { auth: { certificateCredentials } }));
    rmSync(path);
    expect(await sender.send(BODY, signal)).toMatchObject({ error: expect.stringContaining('lost.p12') });
  });
});

describe('a mail', () => {
  const ending: (() => void)[] = [];
  afterEach(() => ending.splice(0).forEach((end) => end()));
  const mail = (port: number, more: JsonObject = {}): JsonObject => ({
    smtp: [
      {
        subject: '[alert] für web',
        recipients: ['ops@example.org', 'lab@example.org'],
        sender: 'pool@example.org',
        smtpClientConfig: { smtpHost: '127.0.0.1', smtpPort: port, ...more },
      },
    ],
  });

  test('has the subject, the sender and the recipients of the configuration, and the alert as its text', async () => {
    const server = await startMailServer();
    ending.push(server.close);
    const sender = aSender(mail(server.port));
    expect(await sender.send(BODY, signal)).toEqual({ isDelivered: true });
    expect(server.mails).toMatchObject([
      { to: ['ops@example.org', 'lab@example.org'], from: 'pool@example.org' },
    ]);
    const [{ text }] = server.mails as [(typeof server.mails)[0]];
    expect(text).toContain('Subject: =?UTF-8?');
    expect(text).toContain('"topic": "RESIZE"');
  });

  test('is handed in under the user and the password, over TLS where it is to be secure', async () => {
    const { server: own, authority } = makeCertificates();
    const logins: string[] = [];
    const server = await startMailServer({
      secure: true,
      key: own.key,
      cert: own.certificate,
      authOptional: false,
      onAuth: ({ username, password }, _session, done) => {
        logins.push(`${username} ${password}`);
        done(null, { user: username ?? '' });
      },
    });
    ending.push(server.close);
    const authentication = { userName: 'ann', password: PASSWORD };
    const settings = mail(server.port, { authentication, useSsl: true });
    const untrusted = await aSender(settings).send(BODY, signal);
    expect(untrusted).toMatchObject({ isDelivered: false });
    expect(logins, 'no password for who is not vouched for').toEqual([]);
    const trusted = await aSender(settings, { authorities: [authority] }).send(BODY, signal);
    expect([trusted, logins]).toEqual([{ isDelivered: true }, [`ann ${PASSWORD}`]]);
  });

  test('whose server repeats the password has it in no error', async () => {
    const server = await startMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) => done(new Error(`Wrong password ${password}`)),
    });
    ending.push(server.close);
    const authentication = { username: 'ann', password: PASSWORD };
    const result = await aSender(mail(server.port, { authentication })).send(BODY, signal);
    expect(result).toMatchObject({ isDelivered: false, error: expect.stringContaining('[password]') });
    expect(JSON.stringify(result)).not.toContain(PASSWORD);
  });

  test('to a server that never greets is given up in the time that was configured', async () => {
    const sockets: Socket[] = [];
    const dead = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
    ending.push(() => {
      for (const socket of sockets) socket.destroy();
      dead.close();
    });
    const limits = { connectionTimeout: 100, socketTimeout: 100 };
    const sender = aSender(mail((dead.address() as AddressInfo).port, limits));
    expect(await sender.send(BODY, signal)).toMatchObject({ isDelivered: false });
  });
});
