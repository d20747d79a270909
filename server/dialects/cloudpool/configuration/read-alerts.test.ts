import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '@poolkeeper/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificates, makePkcs12 } from '../testing/test-certificates.ts';
import type { AlertSettings } from './configuration.ts';
import { parseConfiguration } from './parse-configuration.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'poolkeeper-keystore-'));
  const { client } = makeCertificates();
  writeFileSync(join(directory, 'client.p12'), makePkcs12(client, 'opensesame', 'aes256'));
  writeFileSync(join(directory, 'client.pem'), client.certificate + client.key);
  writeFileSync(join(directory, 'client.jks'), Buffer.from('feedfeed00000002', 'hex'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const MAIL = {
  subject: 'alert',
  recipients: ['ops@example.org'],
  sender: 'pool@example.org',
  smtpClientConfig: { smtpHost: 'mail' },
};
const URLS = ['https://alerts.example.org/in'];

function read(alerts: Json): AlertSettings | null {
  return parseConfiguration({ name: 'web', cloudApiSettings: {}, provisioningTemplate: {}, alerts }).alerts;
}

const mail = (more: JsonObject): JsonObject => ({ smtp: [{ ...MAIL, ...more }] });
const client = (more: JsonObject): JsonObject => mail({ smtpClientConfig: { smtpHost: 'mail', ...more } });
const hook = (more: JsonObject): JsonObject => ({ http: [{ destinationUrls: URLS, ...more }] });
const keystore = (more: JsonObject): JsonObject =>
  hook({ auth: { certificateCredentials: { keystorePassword: 'opensesame', ...more } } });
/** `keystorePath` is a name in the directory of the test. */
const file = (name: string, more: JsonObject = {}): JsonObject =>
  keystore({ keystorePath: join(directory, name), ...more });

test('a section without members tells nobody, and has defaults', () => {
  expect(read({})).toEqual({ suppressMs: 7_200_000, smtp: [], http: [] });
  expect(read(null)).toBeNull();
});

test('alerters have the defaults that clients know', () => {
  const all = ['DEBUG', 'INFO', 'NOTICE', 'WARN', 'ERROR', 'FATAL'];
  const plain = { severities: all, basic: null, certificate: null };
  expect(read({ ...mail({}), ...hook({}) })).toEqual({
    suppressMs: 7_200_000,
    smtp: [
      {
        subject: 'alert',
        recipients: ['ops@example.org'],
        sender: 'pool@example.org',
        severities: all,
        host: 'mail',
        port: 25,
        credentials: null,
        isSecure: false,
        connectMs: 30_000,
        silenceMs: 30_000,
      },
    ],
    http: [{ urls: URLS, ...plain, connectMs: 30_000, silenceMs: 60_000 }],
  });
});

test.each(['username', 'userName'])('the user of a mail server is its %s', (name) => {
  const settings = read(client({ authentication: { [name]: 'ann', password: 'secret' } }));
  expect(settings?.smtp[0]?.credentials).toEqual({ username: 'ann', password: 'secret' });
});

test('a time limit of nothing is the longest there is, not none', () => {
  const settings = read({ ...hook({ connectTimeout: 0 }), ...client({ socketTimeout: 0 }) });
  expect([settings?.http[0]?.connectMs, settings?.smtp[0]?.silenceMs]).toEqual([600_000, 600_000]);
});

describe('a severity filter', () => {
  test.each([
    ['WARN|ERROR|FATAL', ['WARN', 'ERROR', 'FATAL']],
    ['.*R.*', ['WARN', 'ERROR']],
    ['WAR', []],
    ['(?i)warn', ['WARN']],
    ['^[A-I].*$', ['DEBUG', 'INFO', 'ERROR', 'FATAL']],
    ['', []],
  ])('%j has to match the whole word: %j pass', (severityFilter, passing) => {
    expect(read(hook({ severityFilter }))?.http[0]?.severities).toEqual(passing);
  });

  test.each(['(a+)+$', '(.*)*(.*)*(.*)*X', `${'(a?){20}'.repeat(20)}b`, '(x+x+)+y'])(
    'that takes other engines for ever is judged at once: %s',
    (severityFilter) => {
      const startedAt = performance.now();
      expect(read(mail({ severityFilter }))?.smtp[0]?.severities).toEqual([]);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    },
  );
});

describe('what is refused, with its path and the reason', () => {
  test.each<[JsonObject, string]>([
    [{ smtp: [null] }, 'alerter: smtpAlerter: expected an object and got null'],
    [{ http: ['x'] }, 'alerter: httpAlerter: expected an object and got text'],
    [{ http: Array.from({ length: 21 }, () => ({})) }, 'alerter: http may have 20 entries'],
    [
      { duplicateSuppression: { time: 0, unit: 'hours' } },
      'alerter: duplicateSuppression must be greater than zero',
    ],
    [mail({ subject: null }), 'alerter: smtpAlerter: missing subject'],
    [mail({ recipients: null }), 'alerter: smtpAlerter: missing recipients'],
    [mail({ recipients: [null] }), 'alerter: smtpAlerter: recipients: recipient cannot be null'],
    [mail({ recipients: [{}] }), 'alerter: smtpAlerter: recipients: expected a list of text'],
    [
      mail({ recipients: ['a\r\nBcc: b@c.d'] }),
      "alerter: smtpAlerter: recipients: illegal email address 'a\r\nBcc: b@c.d'",
    ],
    [mail({ sender: null }), 'alerter: smtpAlerter: missing sender'],
    [mail({ sender: 'me' }), "alerter: smtpAlerter: illegal sender address 'me'"],
    [mail({ smtpClientConfig: null }), 'alerter: smtpAlerter: missing smtpClientConfig'],
    [mail({ smtpClientConfig: {} }), 'alerter: smtpAlerter: smtpClientConfig: missing smtpHost'],
    [client({ smtpPort: 0 }), 'alerter: smtpAlerter: smtpClientConfig: smtpPort must be from 1 to 65535'],
    [
      client({ socketTimeout: -1 }),
      'alerter: smtpAlerter: smtpClientConfig: socketTimeout must be from 0 to 600000',
    ],
    [
      client({ authentication: { password: 'x' } }),
      'alerter: smtpAlerter: smtpClientConfig: authentication: missing username',
    ],
    [
      client({ authentication: { username: 'x' } }),
      'alerter: smtpAlerter: smtpClientConfig: authentication: missing password',
    ],
    [client({ useSsl: 'maybe' }), 'smtpClientConfig: useSsl: expected true or false and got text'],
    [hook({ destinationUrls: null }), 'alerter: httpAlerter: missing destinationUrls'],
    [hook({ destinationUrls: [null] }), 'alerter: httpAlerter: URL cannot be null'],
    [hook({ destinationUrls: ['nowhere'] }), "alerter: httpAlerter: illegal URL 'nowhere'"],
    [hook({ destinationUrls: ['file:///etc/hosts'] }), "illegal URL 'file:///etc/hosts'"],
    [{ http: [{ destinationUrls: URLS }, {}] }, 'alerter: httpAlerter[1]: missing destinationUrls'],
    [hook({ severityFilter: '(' }), "alerter: httpAlerter: illegal severityFilter '('"],
    [hook({ severityFilter: '(?=WARN)' }), "illegal severityFilter '(?=WARN)'"],
    [hook({ severityFilter: 'a'.repeat(201) }), 'a severityFilter may have 200 characters'],
    [
      hook({ auth: { basicCredentials: {} } }),
      'alerter: httpAlerter: auth: basicCredentials: missing username',
    ],
    [keystore({}), 'alerter: httpAlerter: auth: certificateCredentials: missing keystorePath'],
    [
      keystore({ keystorePath: 'c.p12', keystorePassword: null }),
      'certificateCredentials: missing keystorePassword',
    ],
    [
      keystore({ keystorePath: 'c.jks', keystoreType: 'JKS' }),
      'certificateCredentials: keystoreType JKS is not read here: convert it with "keytool',
    ],
    [
      keystore({ keystorePath: 'c.p12', keystoreType: 'BKS' }),
      'No enum constant KeyStoreType.BKS: keystoreType is PKCS12 or PEM',
    ],
    [keystore({ keystorePath: 'nowhere.p12' }), "keystore path 'nowhere.p12' is not a file"],
    [keystore({ keystorePath: '/dev/zero' }), "keystore path '/dev/zero' is not a file"],
  ])('%j', (alerts, reason) => {
    expect(() => read(alerts)).toThrow(reason);
  });

  test('a password in a URL, which is not repeated', () => {
    const url = 'https://ann:opensesame@alerts.example.org/';
    for (const text of [url, url.replace('https:', 'ftp:'), url.replace('https://', '')]) {
      expect(() => read(hook({ destinationUrls: [text] }))).toThrow("illegal URL '…@alerts.example.org/'");
    }
  });
});

describe('a client certificate', () => {
  test('of PKCS12 or of PEM is opened when it is configured', () => {
    const path = join(directory, 'client.p12');
    expect(read(file('client.p12'))?.http[0]?.certificate).toEqual({
      path,
      keyPath: null,
      password: 'opensesame',
      keyPassword: null,
    });
    const pem = read(file('client.pem', { keystoreType: 'PEM', keystorePassword: null }));
    expect(pem?.http[0]?.certificate?.password).toBeNull();
  });

  test('that does not open is refused, and no password is repeated', () => {
    expect(() => read(file('client.p12', { keystorePassword: 'hunter22' }))).toThrow(
      /client[.]p12': it does not open with its password$/,
    );
    expect(() => read(file('client.jks'))).toThrow('it is a JKS key store');
  });
});
