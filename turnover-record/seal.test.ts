import { createPublicKey, verify } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import { expect, test } from 'vitest';
import { keyIdOf } from './key-id.ts';
import { readRecord } from './read-record.ts';
import { createSealer, sealHead, sealRecord } from './seal.ts';
import { aKey, aRecord, aStep, NOON } from './testing/a-chain.ts';

test('a record is sealed as canonical JSON in a compact JWS that any JOSE library verifies (T17)', async () => {
  const key = aKey();
  const { hash, jws } = sealRecord(aRecord({ name: 'Grüße' }), key);
  const { payload, protectedHeader } = await compactVerify(
    jws,
    await importJWK({ ...key.published }, 'EdDSA'),
  );
  const text = Buffer.from(payload).toString();
  expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: key.kid, typ: 'poolkeeper-turnover+jws' });
  expect(JSON.parse(text)).toEqual(aRecord({ name: 'Grüße' }));
  expect(text.startsWith('{"endedAt":1772366400060,"epoch":1,"holder":"ann","kind":"board",')).toBe(true);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(Buffer.from(await crypto.subtle.digest('SHA-256', payload)).toString('hex')).toBe(hash);
});

test('the signature is that of plain Ed25519 over the two parts before it (T17)', () => {
  const key = aKey();
  const { jws } = sealRecord(aRecord(), key);
  const [header, payload, signature = ''] = jws.split('.');
  const publicKey = createPublicKey(key.privateKey);
  const input = Buffer.from(`${header}.${payload}`);
  expect(verify(null, input, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
});

test('the same record and key make the same seal, whatever the order of members was (T17)', () => {
  const key = aKey();
  const record = aRecord();
  const turned = Object.fromEntries(Object.entries(record).toReversed()) as typeof record;
  expect(sealRecord(turned, key)).toEqual(sealRecord(record, key));
  expect(sealRecord(aRecord({ holder: 'ben' }), key).hash).not.toBe(sealRecord(record, key).hash);
});

test('a sealer signs with the key of that moment', () => {
  const [first, second] = [aKey(), aKey()];
  let current = first;
  const seal = createSealer(() => current);
  const before = seal(aRecord());
  current = second;
  expect(decodeProtectedHeader(before.jws).kid).toBe(first.kid);
  expect(decodeProtectedHeader(seal(aRecord()).jws).kid).toBe(second.kid);
});

test('text that is no Unicode does not keep a record from being made', () => {
  const record = aRecord({ steps: [aStep({ evidence: { 'k\ud800': ['\udfff', { deep: 'a\ud800b' }] } })] });
  const { jws } = sealRecord(record, aKey());
  expect(readRecord(jws).steps[0]?.evidence).toEqual({ 'k\ufffd': ['\ufffd', { deep: 'a\ufffdb' }] });
});

test('the name of a key is its thumbprint', async () => {
  const { published, kid } = aKey();
  expect(kid).toBe(await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x: published.x }));
  // The example of RFC 8037, appendix A.3.
  expect(keyIdOf('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')).toBe(
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  );
});

test('what is published of a key says from when and until when it signed', () => {
  expect(aKey(NOON + 1_500).published).toMatchObject({ nbf: NOON / 1_000, exp: NOON / 1_000 + 1.5 });
  expect(aKey().published).not.toHaveProperty('exp');
  expect(aKey().published).not.toHaveProperty('d');
});

test('a head is signed as something else than a record', () => {
  const key = aKey();
  const { jws, head } = sealHead({ resource: 'res_1', count: 0, hash: null, exportedAt: NOON }, key);
  expect(decodeProtectedHeader(jws).typ).toBe('poolkeeper-turnover-head+jws');
  expect(head).toEqual({ resource: 'res_1', count: 0, hash: null, exportedAt: NOON });
  expect(() => readRecord(jws)).toThrow('as they were signed');
});
