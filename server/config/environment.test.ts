import { expect, test } from 'vitest';
import { SettingsError, readSettings } from './environment.ts';
import type { SettingFlags } from './environment.ts';

const read = (environment: Record<string, string>, flags: SettingFlags = {}) =>
  readSettings({ flags, environment, workingDirectory: '/srv/lab' });

function linesOf(environment: Record<string, string>, flags: SettingFlags = {}): readonly string[] {
  try {
    read(environment, flags);
  } catch (error) {
    if (error instanceof SettingsError) return error.lines;
    throw error;
  }
  return [];
}

test('where nothing is said the server listens on loopback and keeps its data beside it', () => {
  expect(read({})).toEqual({
    configFile: null,
    dataDirectory: '/srv/lab/poolkeeper-data',
    listen: { host: '127.0.0.1', port: 7420 },
    cloudpoolListen: [],
    boskosListen: null,
    adminToken: null,
    tls: null,
    logLevel: 'info',
    masterKeys: { given: [], file: null, earlier: [] },
    trustProxy: false,
    mail: null,
    execSteps: null,
    cluster: null,
  });
});

/** 32 bytes. */
const KEY = 'A'.repeat(43) + '=';

test('every variable is read', () => {
  expect(
    read({
      POOLKEEPER_CONFIG: 'lab.yaml',
      POOLKEEPER_DATA: 'data',
      POOLKEEPER_LISTEN: '[::1]:8080',
      POOLKEEPER_CLOUDPOOL_LISTEN: '127.0.0.1:9000=web, [::1]:9001=lab',
      POOLKEEPER_BOSKOS_LISTEN: '127.0.0.1:9002',
      POOLKEEPER_ADMIN_TOKEN: 'pk_0123456789abcdef',
      POOLKEEPER_TLS_CERT: '/etc/tls/cert.pem',
      POOLKEEPER_TLS_KEY: 'key.pem',
      POOLKEEPER_LOG_LEVEL: 'debug',
      POOLKEEPER_TRUST_PROXY: '10.0.0.0/8, 192.168.1.4',
      POOLKEEPER_MASTER_KEY_FILE: 'keys',
      POOLKEEPER_MASTER_KEY_OLD: `${KEY}, ${'ab'.repeat(32)}`,
      POOLKEEPER_SMTP_URL: 'smtps://pk:hunter2@mail.example.org',
      POOLKEEPER_MAIL_FROM: 'pk@example.org',
      POOLKEEPER_EXEC_STEPS: 'steps',
    }),
  ).toEqual({
    configFile: 'lab.yaml',
    dataDirectory: '/srv/lab/data',
    listen: { host: '::1', port: 8080 },
    cloudpoolListen: [
      { host: '127.0.0.1', port: 9000, pool: 'web' },
      { host: '::1', port: 9001, pool: 'lab' },
    ],
    boskosListen: { host: '127.0.0.1', port: 9002 },
    adminToken: 'pk_0123456789abcdef',
    tls: { certFile: '/etc/tls/cert.pem', keyFile: '/srv/lab/key.pem' },
    logLevel: 'debug',
    masterKeys: { given: [], file: '/srv/lab/keys', earlier: [KEY, 'ab'.repeat(32)] },
    trustProxy: ['10.0.0.0/8', '192.168.1.4'],
    mail: { url: 'smtps://pk:hunter2@mail.example.org', from: 'pk@example.org' },
    execSteps: { folder: '/srv/lab/steps' },
    cluster: null,
  });
});

test('a flag wins over its variable, and an empty variable is none', () => {
  const environment = { POOLKEEPER_LISTEN: 'nonsense', POOLKEEPER_DATA: '', POOLKEEPER_LOG_LEVEL: 'warn' };
  const settings = read(environment, { listen: '0.0.0.0:0', logLevel: 'error' });
  expect(settings).toMatchObject({
    listen: { host: '0.0.0.0', port: 0 },
    logLevel: 'error',
    dataDirectory: '/srv/lab/poolkeeper-data',
  });
});

test.each([
  ['true', true],
  ['false', false],
  ['2', 2],
])('trust in proxies %s', (text, expected) => {
  expect(read({ POOLKEEPER_TRUST_PROXY: text }).trustProxy).toBe(expected);
});

test.each([
  ['POOLKEEPER_LISTEN', '7420', 'HOST:PORT is needed'],
  ['POOLKEEPER_LISTEN', 'localhost:70000', 'HOST:PORT is needed'],
  ['POOLKEEPER_LISTEN', '::1:7420', 'HOST:PORT is needed'],
  ['POOLKEEPER_LISTEN', '[::x]:7420', 'HOST:PORT is needed'],
  ['POOLKEEPER_LISTEN', 'a host:1', 'HOST:PORT is needed'],
  ['POOLKEEPER_CLOUDPOOL_LISTEN', '127.0.0.1:9000', 'HOST:PORT=POOL is needed'],
  ['POOLKEEPER_CLOUDPOOL_LISTEN', '9000=web', 'HOST:PORT=POOL is needed'],
  ['POOLKEEPER_LOG_LEVEL', 'loud', 'trace, debug, info, warn, error, fatal, silent'],
  ['POOLKEEPER_ADMIN_TOKEN', 'short', '16 to 255 printable ASCII characters'],
  ['POOLKEEPER_ADMIN_TOKEN', 'with a space in the middle', '16 to 255 printable ASCII characters'],
  ['POOLKEEPER_TRUST_PROXY', 'yes', 'allowed are true, false'],
  ['POOLKEEPER_TRUST_PROXY', '10.0.0.0/33', 'allowed are true, false'],
  ['POOLKEEPER_TRUST_PROXY', '99', 'a number of proxies up to 16'],
  ['POOLKEEPER_TLS_CERT', 'cert.pem', '--tls-key (POOLKEEPER_TLS_KEY): is missing'],
  ['POOLKEEPER_TLS_KEY', 'key.pem', '--tls-cert (POOLKEEPER_TLS_CERT): is missing'],
  ['POOLKEEPER_MASTER_KEY', 'too-short', '32 bytes in base64 or hex'],
  ['POOLKEEPER_MASTER_KEY_OLD', `${KEY},x`, '32 bytes in base64 or hex'],
])('%s=%s is refused with what is allowed', (variable, text, advice) => {
  const [line = ''] = linesOf({ [variable]: text });
  expect(line).toContain(variable);
  expect(line).toContain(advice);
});

test('mail needs both its settings, and no fault repeats its password', () => {
  const from = { POOLKEEPER_MAIL_FROM: 'pk@example.org' };
  expect(() => read(from)).toThrow('--smtp-url (POOLKEEPER_SMTP_URL): is missing');
  expect(() => read({ POOLKEEPER_SMTP_URL: 'smtp://127.0.0.1:25' })).toThrow(
    '--mail-from (POOLKEEPER_MAIL_FROM)',
  );
  const wrong = linesOf({ POOLKEEPER_SMTP_URL: 'imap://pk:hunter2@mail', POOLKEEPER_MAIL_FROM: 'nobody' });
  expect(wrong).toHaveLength(2);
  expect(wrong.join('')).not.toContain('hunter2');
});

test('a key is given by itself or in a file, and no fault repeats it', () => {
  expect(read({ POOLKEEPER_MASTER_KEY: KEY }).masterKeys.given).toEqual([KEY]);
  expect(read({}, { masterKeyFile: 'key' }).masterKeys.file).toBe('/srv/lab/key');
  const both = linesOf({ POOLKEEPER_MASTER_KEY: KEY }, { masterKeyFile: 'key' }).join();
  expect(both).toContain('leave one of the two out');
  expect(both + linesOf({ POOLKEEPER_MASTER_KEY: `${KEY}x` }).join()).not.toContain(KEY);
});

test('all that is wrong is said at once, by the name under which it was given, and no secret is repeated', () => {
  const environment = { POOLKEEPER_ADMIN_TOKEN: 'hunter2', POOLKEEPER_LOG_LEVEL: 'loud' };
  const lines = linesOf(environment, { listen: 'x', tlsCert: '' });
  expect(lines.map((line) => line.split(':')[0])).toEqual([
    '--tls-cert',
    '--listen',
    'POOLKEEPER_ADMIN_TOKEN',
    'POOLKEEPER_LOG_LEVEL',
  ]);
  expect(lines.join('\n')).not.toContain('hunter2');
});
