import { describe, expect, test } from 'vitest';
import { readCloudpoolSettings } from './cloudpool-settings.ts';
import type { CloudpoolFlags } from './cloudpool-settings.ts';

type Read = ReturnType<typeof readCloudpoolSettings>;

function read(flags: CloudpoolFlags, environment: Record<string, string> = {}): Read {
  return readCloudpoolSettings({ flags, environment, workingDirectory: '/srv/pools' });
}

function problems(flags: CloudpoolFlags, environment: Record<string, string> = {}): string {
  try {
    read(flags, environment);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const KEYSTORE = { sslKeystore: 'server.p12', sslKeystorePassword: 'of-the-store' };

describe('where the drop-in listens', () => {
  test('needs a port, as the original says it', () => {
    expect(problems({})).toBe('neither --http-port nor --https-port specified');
    expect(problems({ httpPort: '0' })).toBe('--http-port has to be a port from 1 to 65535, not "0"');
    expect(problems({ httpsPort: '65536', ...KEYSTORE })).toContain(
      '--https-port has to be a port from 1 to 65535',
    );
    expect(problems({ httpPort: '8080x' })).toContain('not "8080x"');
    expect(problems({ httpPort: '8443', httpsPort: '8443', ...KEYSTORE })).toContain('are the same');
  });

  test('is the loopback alone for a listener that asks for no credentials, and everywhere for one that does', () => {
    const hosts = (flags: CloudpoolFlags): string[] =>
      read(flags).cloudpool.listeners.map(({ listen }) => listen.host);
    const both = { httpPort: '8080', httpsPort: '8443', ...KEYSTORE };
    const realm = { requireBasicauth: true, realmFile: 'realm', requireRole: 'USER' };
    const certificates = { requireCert: true, sslTruststore: 'trust.p12', sslTruststorePassword: 'x' };
    expect(hosts(both)).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(hosts({ ...both, ...certificates })).toEqual(['127.0.0.1', '0.0.0.0']);
    expect(hosts({ ...both, ...realm })).toEqual(['0.0.0.0', '0.0.0.0']);
    expect(hosts({ ...both, host: '10.0.0.4' })).toEqual(['10.0.0.4', '10.0.0.4']);
  });
});

test('keys come from PKCS12 with its password, or from PEM, never from both', () => {
  const key = (flags: CloudpoolFlags) =>
    read({ httpsPort: '8443', ...flags }).cloudpool.listeners[0]?.tls?.key;
  expect(key(KEYSTORE)).toEqual({ kind: 'pkcs12', file: '/srv/pools/server.p12', password: 'of-the-store' });
  expect(key({ sslCert: 'a.pem', sslKey: '/b.pem' })).toEqual({
    kind: 'pem',
    certFile: '/srv/pools/a.pem',
    keyFile: '/b.pem',
  });
  expect(problems({ httpsPort: '8443' })).toContain('--https-port needs --ssl-keystore');
  expect(problems({ httpsPort: '8443', sslKeystore: 'x' })).toBe(
    '--ssl-keystore needs --ssl-keystore-password',
  );
  expect(problems({ httpsPort: '8443', sslCert: 'x' })).toBe('--ssl-cert and --ssl-key are needed both');
  expect(problems({ httpsPort: '8443', sslCert: 'x', sslKey: 'y', ...KEYSTORE })).toContain('leave one out');
});

test('what is to guard the server and cannot is refused, all at once', () => {
  expect(problems({ httpPort: '8080', requireBasicauth: true })).toBe(
    '--require-basicauth needs --realm-file\n--require-basicauth needs --require-role',
  );
  expect(problems({ httpPort: '8080', requireCert: true })).toBe('--require-cert needs --https-port');
  expect(problems({ httpsPort: '8443', ...KEYSTORE, requireCert: true })).toBe(
    '--require-cert needs --ssl-truststore',
  );
  expect(problems({ httpPort: '8080' }, { REQUIRE_BASIC_AUTH: 'yes' })).toBe(
    'REQUIRE_BASIC_AUTH has to be true or false',
  );
  expect(problems({ httpPort: '8080' }, { REQUIRE_CERT_AUTH: 'True' })).toBe(
    'REQUIRE_CERT_AUTH has to be true or false',
  );
});

test('the variables of the container images say the same as the options, which win over them', () => {
  const environment = {
    HTTP_PORT: '8080',
    HTTPS_PORT: '8443',
    SSL_KEYSTORE: '/etc/server.p12',
    SSL_KEYSTORE_PASSWORD: 'one',
    REQUIRE_BASIC_AUTH: 'true',
    BASIC_AUTH_REALM_FILE: '/etc/realm',
    BASIC_AUTH_ROLE: 'USER',
    REQUIRE_CERT_AUTH: 'true',
    CERT_AUTH_TRUSTSTORE: '/etc/trust.p12',
    CERT_AUTH_TRUSTSTORE_PASSWORD: 'two',
    STORAGE_DIR: '/data',
    STDOUT_LOG_LEVEL: 'WARN',
    JVM_OPTS: '-Xmx128m',
    LOG_DIR: '/var/log',
  };
  const { server, cloudpool } = read({ httpPort: '8081' }, environment);
  expect(cloudpool).toMatchObject({
    realm: { file: '/etc/realm', role: 'USER' },
    listeners: [
      { listen: { port: 8081 }, tls: null },
      {
        listen: { port: 8443 },
        tls: {
          key: { kind: 'pkcs12', file: '/etc/server.p12', password: 'one' },
          clients: { file: '/etc/trust.p12', password: 'two' },
        },
      },
    ],
  });
  expect(server).toMatchObject({ dataDirectory: '/data', logLevel: 'warn' });
});

test('it is a multipool by the option, or by MULTIPOOL=true, exactly that word', () => {
  const isMultipool = (flags: CloudpoolFlags, environment: Record<string, string> = {}): boolean =>
    read({ httpPort: '8080', ...flags }, environment).cloudpool.isMultipool;
  expect(isMultipool({})).toBe(false);
  expect(isMultipool({ multipool: true })).toBe(true);
  expect(isMultipool({}, { MULTIPOOL: 'true' })).toBe(true);
  for (const word of ['TRUE', '1', 'yes', '']) expect(isMultipool({}, { MULTIPOOL: word })).toBe(false);
  expect(problems({ httpPort: '8080', multipool: true, config: 'x', stopped: true })).toBe(
    '--config has no place beside --multipool: each instance is configured by itself\n' +
      '--stopped has no place beside --multipool: each instance is started by itself',
  );
});

test('what is stored where, and where our own API is', () => {
  expect(read({ httpPort: '8080' }).server).toMatchObject({
    dataDirectory: '/var/lib/elastisys/cloudpool',
    listen: { host: '127.0.0.1', port: 0 },
    configFile: null,
    logLevel: 'info',
  });
  const { server } = read(
    { httpPort: '8080', multipool: true, listen: '127.0.0.1:7421' },
    { POOLKEEPER_CONFIG: '/etc/poolkeeper.yaml' },
  );
  expect(server).toMatchObject({
    dataDirectory: '/var/lib/elastisys/multicloudpool',
    listen: { port: 7421 },
    configFile: null,
  });
  expect(problems({ httpPort: '8080', listen: 'nowhere' })).toContain('--listen: "nowhere" is not allowed');
});

test('clouds, origins and outer addresses are checked', () => {
  expect(read({ httpPort: '1', driver: 'ec2' }).cloudpool.driver).toBe('ec2');
  expect(read({ httpPort: '1', cloud: 'http://127.0.0.1:9100' }).cloudpool).toMatchObject({
    driver: null,
    cloudUrl: 'http://127.0.0.1:9100',
  });
  expect(problems({ httpPort: '1', driver: 'azure' })).toBe(
    '--driver has to be one of simulated, process, ec2, openstack, not "azure"',
  );
  expect(problems({ httpPort: '1', cloud: 'nine' })).toBe(
    '--cloud has to be an address such as http://127.0.0.1:9100',
  );
  expect(problems({ httpPort: '1', driver: 'ec2', cloud: 'http://x' })).toContain(
    '--driver simulated uses alone',
  );
  expect(problems({ httpPort: '1', corsOrigin: ['https://a.example', '*', 'https://b.example/'] })).toBe(
    '--cors-origin has to be an origin such as https://example.org, not "*"\n' +
      '--cors-origin has to be an origin such as https://example.org, not "https://b.example/"',
  );
  expect(problems({ httpPort: '1', externalUrl: 'x' })).toContain('--external-url has to be an address');
});
