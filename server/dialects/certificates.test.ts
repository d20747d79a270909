import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lookForPrograms } from '../testing/real-parts.ts';
import { readTls } from './certificates.ts';
import type { TlsFiles } from './certificates.ts';
import { PASSWORD, TestCertificates } from './testing/test-certificates.ts';

const { areMissing, reason } = lookForPrograms({ openssl: 'openssl' });

describe.skipIf(areMissing)(`certificates made by openssl${reason}`, () => {
  let made: TestCertificates;
  beforeAll(async () => {
    made = await TestCertificates.make();
  });
  afterAll(() => made[Symbol.dispose]());

  const pem = (): TlsFiles['key'] => ({
    kind: 'pem',
    certFile: made.path('server.pem'),
    keyFile: made.path('server.key'),
  });

  /** What a client is answered, or why it is not. */
  async function visit(files: TlsFiles, options: ConnectionOptions = {}): Promise<string> {
    const server = createServer(await readTls(files), (_request, response) => response.end('hello'));
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const socket = connect({
        host: '127.0.0.1',
        port: (server.address() as AddressInfo).port,
        ca: readFileSync(made.path('ca.pem')),
        ...options,
      });
      socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      let answer = '';
      for await (const bytes of socket) answer += String(bytes);
      return answer.includes('hello') ? 'hello' : 'closed';
    } catch (error) {
      return (error as Error).message;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  const certificateOf = (name: string): ConnectionOptions => ({
    cert: readFileSync(made.path(`${name}.pem`)),
    key: readFileSync(made.path(`${name}.key`)),
  });

  test('a server shows its certificate from PEM and from PKCS12, to TLS 1.2 and newer', async () => {
    const file = await made.pkcs12('server.p12', 'server');
    const pkcs12 = { kind: 'pkcs12', file, password: PASSWORD } as const;
    expect(await visit({ key: pem(), clients: null })).toBe('hello');
    expect(await visit({ key: pkcs12, clients: null })).toBe('hello');
    expect(
      await visit({ key: pkcs12, clients: null }, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }),
    ).toBe('hello');
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    expect(await visit({ key: pkcs12, clients: null }, old)).toMatch(
      /protocol version|no protocols|unsupported/i,
    );
  });

  test.each(['pem', 'pkcs12', 'pkcs12 of old ciphers'])(
    'a client is let in by a certificate of the trust store (%s), and refused in the handshake without',
    async (kind) => {
      const more = kind.endsWith('old ciphers') ? '-nokeys -legacy' : '-nokeys';
      const clients =
        kind === 'pem'
          ? { file: made.path('ca.pem'), password: null }
          : { file: await made.pkcs12('trust.p12', 'ca', more), password: PASSWORD };
      expect(await visit({ key: pem(), clients }, certificateOf('client'))).toBe('hello');
      expect(await visit({ key: pem(), clients })).not.toBe('hello');
      expect(await visit({ key: pem(), clients }, certificateOf('stranger'))).not.toBe('hello');
    },
  );

  const refusal = (files: TlsFiles): Promise<string> =>
    readTls(files).then(
      () => 'taken',
      (error: unknown) => (error as Error).message,
    );
  const refusalOfKey = (file: string, password = PASSWORD): Promise<string> =>
    refusal({ key: { kind: 'pkcs12', file, password }, clients: null });
  const refusalOfTrust = (file: string, password: string | null = PASSWORD): Promise<string> =>
    refusal({ key: pem(), clients: { file, password } });

  test('a key store that cannot be used is explained, with the way to convert it', async () => {
    const file = await made.pkcs12('old.p12', 'server', '-legacy');
    expect(await refusalOfKey(file)).toContain(
      `ciphers of old (RC2 or 3DES), which are not opened any more; convert it: openssl`,
    );
    expect(await refusalOfKey(file, 'another-password')).toBe(`the password does not open ${file}`);
    expect(await refusalOfKey(made.path('server.pem'))).toContain('is no PKCS12 file; for PEM give');
    expect(await refusalOfKey(await made.pkcs12('keyless.p12', 'ca', '-nokeys'))).toContain(
      'holds no private key',
    );
    expect(await refusalOfKey(made.path('missing.p12'))).toContain('missing.p12 cannot be read: ENOENT');
    // As the explanation says it, the old one becomes a new one.
    const [plain, converted] = [made.path('key-in-the-clear.pem'), made.path('converted.p12')];
    await made.openssl(`pkcs12 -legacy -in ${file} -nodes -out ${plain} -passin pass:${PASSWORD}`);
    await made.openssl(`pkcs12 -export -in ${plain} -out ${converted} -passout pass:${PASSWORD}`);
    expect(await refusalOfKey(converted)).toBe('taken');
  });

  test('PEM files that do not belong together, or hold something else, are told apart', async () => {
    const [certFile, keyFile] = [made.path('server.pem'), made.path('server.key')];
    const of = (cert: string, key: string): Promise<string> =>
      refusal({ key: { kind: 'pem', certFile: cert, keyFile: key }, clients: null });
    expect(await of(certFile, made.path('client.key'))).toBe(
      `${made.path('client.key')} is not the key of the certificate in ${certFile}`,
    );
    expect(await of(keyFile, keyFile)).toBe(`${keyFile} holds no certificate in PEM`);
    expect(await of(certFile, certFile)).toContain(`${certFile} holds no private key in PEM`);
  });

  test('a trust store that cannot be used is explained', async () => {
    const java = made.path('trust.jks');
    writeFileSync(java, Buffer.from('feedfeed0000000200000000', 'hex'));
    expect(await refusalOfTrust(java)).toContain(`convert it: keytool -importkeystore -srckeystore ${java}`);
    const file = await made.pkcs12('trust-2.p12', 'ca', '-nokeys');
    expect(await refusalOfTrust(file, 'another-password')).toBe(`the password does not open ${file}`);
    expect(await refusalOfTrust(file, null)).toBe(
      `${file} is no PEM file; a PKCS12 trust store needs its password`,
    );
    expect(await refusalOfTrust(made.path('server.key'), null)).toContain('holds no certificate');
    writeFileSync(made.path('other.txt'), 'nothing of the kind');
    expect(await refusalOfTrust(made.path('other.txt'))).toContain('is neither PEM nor PKCS12');
  });
});
