import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

type Signed = { readonly key: string; readonly certificate: string };

const BITS = 2_048;
const VALID_FROM = new Date('2020-01-01T00:00:00Z');
const VALID_TO = new Date('2120-01-01T00:00:00Z');

/** An authority of tests, a server's certificate for 127.0.0.1 and a client's, made when they are asked for. */
export function makeCertificates(): { authority: string; server: Signed; client: Signed } {
  const root = sign({ name: 'Test authority' });
  const issuer = { name: 'Test authority', key: root.key };
  return {
    authority: root.certificate,
    server: sign({ name: '127.0.0.1', issuer }),
    client: sign({ name: 'alerter', issuer }),
  };
}

/** A PKCS12 key store. `3des`: as older Java made them, which the platform's own library no longer opens. */
export function makePkcs12(signed: Signed, password: string, algorithm: 'aes256' | '3des'): Buffer {
  const { pki, pkcs12, asn1 } = forge;
  const key = pki.privateKeyFromPem(signed.key);
  const certificate = pki.certificateFromPem(signed.certificate);
  const store = pkcs12.toPkcs12Asn1(key, [certificate], password, { algorithm });
  return Buffer.from(asn1.toDer(store).getBytes(), 'latin1');
}

let serial = 0;

function sign({ name, issuer }: { name: string; issuer?: { name: string; key: string } }): Signed {
  const { pki, md } = forge;
  const pair = generateKeyPairSync('rsa', {
    modulusLength: BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(pair.publicKey);
  serial += 1;
  certificate.serialNumber = String(serial).padStart(2, '0');
  certificate.validity.notBefore = VALID_FROM;
  certificate.validity.notAfter = VALID_TO;
  certificate.setSubject([{ name: 'commonName', value: name }]);
  certificate.setIssuer([{ name: 'commonName', value: issuer?.name ?? name }]);
  certificate.setExtensions(
    issuer === undefined
      ? [{ name: 'basicConstraints', cA: true }]
      : [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  );
  certificate.sign(pki.privateKeyFromPem(issuer?.key ?? pair.privateKey), md.sha256.create());
  return { key: pair.privateKey, certificate: pki.certificateToPem(certificate) };
}
