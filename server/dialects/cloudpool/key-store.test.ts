import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { keyStoreFault, openKeyStore } from './key-store.ts';
import type { KeyStore } from './key-store.ts';
import { makeCertificates, makePkcs12 } from './testing/test-certificates.ts';

let client: { key: string; certificate: string };
let server: { key: string; certificate: string };
beforeAll(() => {
  ({ client, server } = makeCertificates());
});

function aStore(bytes: Buffer | string, more: Partial<KeyStore> = {}): KeyStore {
  return { bytes: Buffer.from(bytes), keyBytes: null, password: 'opensesame', keyPassword: null, ...more };
}

/** Made by "openssl pkcs12 -export -legacy". */
function olderStore(kind: string, password = 'opensesame'): KeyStore {
  const file = join(import.meta.dirname, 'testing', `older-java-${kind}.p12`);
  return aStore(readFileSync(file), { password });
}

const encryptedKey = (passphrase: string): string =>
  createPrivateKey(client.key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();

describe('a key store that is opened', () => {
  test.each(['aes256', '3des'] as const)('as PKCS12 with %s', async (algorithm) => {
    const store = aStore(makePkcs12(client, 'opensesame', algorithm));
    expect(keyStoreFault(store)).toBeUndefined();
    const options = await openKeyStore(store);
    expect(() => createSecureContext(options)).not.toThrow();
  });

  test.each(['rsa', 'ec'])('as PKCS12 of older Java, encrypted with RC2, with a key of %s', async (kind) => {
    const store = olderStore(kind);
    expect(() => createSecureContext({ pfx: store.bytes, passphrase: 'opensesame' })).toThrow('Unsupported');
    expect(keyStoreFault(store)).toBeUndefined();
    const { cert, key } = (await openKeyStore(store)) as { cert: string; key: string };
    expect(() => createSecureContext({ cert, key })).not.toThrow();
    const own = new X509Certificate(cert);
    expect(own.checkPrivateKey(createPrivateKey(key))).toBe(true);
  });

  test('as PEM, with its key beside it, in a file of its own, or encrypted', async () => {
    const together = aStore(client.certificate + client.key, { password: null });
    const apart = aStore(client.certificate, { keyBytes: Buffer.from(client.key), password: null });
    const closed = aStore(client.certificate + encryptedKey('lock'), { keyPassword: 'lock' });
    for (const store of [together, apart, closed]) {
      expect(keyStoreFault(store)).toBeUndefined();
      const options = await openKeyStore(store);
      expect(() => createSecureContext(options)).not.toThrow();
    }
  });
});

describe('a key store that is refused, without its password in the reason', () => {
  test.each([
    ['JKS', () => aStore(Buffer.from('feedfeed00000002', 'hex')), 'keytool -importkeystore'],
    ['no key store', () => aStore('hello'), 'neither a PKCS12 key store nor a PEM file'],
    ['PKCS12 of another password', () => aStore(makePkcs12(client, 'else', 'aes256')), 'does not open with'],
    ['older PKCS12 of another password', () => olderStore('rsa', 'opensesame too'), 'does not open'],
    ['PKCS12 without a password', () => aStore('hello', { password: null }), 'a password is due'],
    ['PEM without a key', () => aStore(client.certificate), 'its private key'],
    ['PEM with another key', () => aStore(client.certificate + server.key), 'not that of its certificate'],
    [
      'PEM with a key of another password',
      () => aStore(client.certificate + encryptedKey('lock')),
      'does not open with keyPassword',
    ],
  ])('%s', async (_what, make, reason) => {
    const store = make();
    expect(keyStoreFault(store)).toContain(reason);
    expect(keyStoreFault(store)).not.toContain('opensesame');
    await expect(openKeyStore(store)).rejects.toThrow(reason);
  });
});
