import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';

/** A certificate with its key, as it stands in files: PKCS12, or PEM, maybe with the key in a file of its own. */
export type KeyStore = {
  readonly bytes: Buffer;
  readonly keyBytes: Buffer | null;
  /** Opens the store. */
  readonly password: string | null;
  /** Opens the key of a PEM file; null: the password does. */
  readonly keyPassword: string | null;
};

/** First bytes of the key stores of Java: JKS and JCEKS. */
const JAVA_MAGICS = ['feedfeed', 'cececece'];
const PEM_BEGIN = '-----BEGIN ';

export function isPem(bytes: Buffer): boolean {
  return bytes.includes(PEM_BEGIN);
}

/** What is wrong with a key store, without what it holds; undefined when nothing is. */
export function keyStoreFault(store: KeyStore): string | undefined {
  const { bytes } = store;
  if (JAVA_MAGICS.includes(bytes.subarray(0, 4).toString('hex'))) {
    return 'it is a JKS key store, which is not read here; convert it with "keytool -importkeystore -deststoretype PKCS12", or give PEM';
  }
  if (!isPem(bytes) && store.password === null) return 'it is no PEM file, and for PKCS12 a password is due';
  try {
    createSecureContext(plainOptions(store));
    return undefined;
  } catch (error) {
    return isLegacy(store, error) ? undefined : adviceFor(store, error as Error);
  }
}

/**
 * The options of a TLS connection that shows the certificate of the store.
 *
 * Errors: an error that says what is wrong with the store, free of secrets.
 * Source: PKCS12 files of older Java are encrypted by RC2 or triple DES, which the library of the platform no longer opens.
 */
export async function openKeyStore(store: KeyStore): Promise<SecureContextOptions> {
  const fault = keyStoreFault(store);
  if (fault !== undefined) throw new Error(fault);
  const options = plainOptions(store);
  try {
    createSecureContext(options);
    return options;
  } catch (error) {
    if (!isLegacy(store, error)) throw error;
    return openLegacy(store);
  }
}

function plainOptions({ bytes, keyBytes, password, keyPassword }: KeyStore): SecureContextOptions {
  if (!isPem(bytes)) return { pfx: bytes, passphrase: password ?? '' };
  const passphrase = keyPassword ?? password;
  return { cert: bytes, key: keyBytes ?? bytes, ...(passphrase === null ? {} : { passphrase }) };
}

/** Its password is right, and its encryption too old for the platform's own library. */
function isLegacy({ bytes }: KeyStore, error: unknown): boolean {
  return !isPem(bytes) && /unsupported/i.test((error as Error).message);
}

function adviceFor({ bytes }: KeyStore, error: Error): string {
  const { message } = error;
  if (/mac verify failure/i.test(message)) return 'it does not open with its password';
  if (!isPem(bytes)) return 'it is neither a PKCS12 key store nor a PEM file';
  if (/values mismatch/i.test(message)) return 'its key is not that of its certificate';
  if (/bad decrypt|bad password|interrupted or cancelled|passphrase/i.test(message))
    return 'its key does not open with keyPassword';
  return 'it has to hold a certificate and its private key in PEM';
}

/** Bags of a store as `node-forge` has them: the parsed thing, or where it cannot parse one, its ASN.1. */
async function openLegacy({ bytes, password }: KeyStore): Promise<SecureContextOptions> {
  const { default: forge } = await import('node-forge');
  const { asn1, pki, pkcs12 } = forge;
  const der = (node: Parameters<typeof asn1.toDer>[0]): Buffer =>
    Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
  const store = pkcs12.pkcs12FromAsn1(asn1.fromDer(bytes.toString('latin1')), password ?? '');
  const bagsOf = (type: string | undefined) => store.getBags({ bagType: type ?? '' })[type ?? ''] ?? [];
  const [keyBag] = [...bagsOf(pki.oids['pkcs8ShroudedKeyBag']), ...bagsOf(pki.oids['keyBag'])];
  if (keyBag === undefined) throw new Error('it holds no private key');
  const keyNode = keyBag.key ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(keyBag.key)) : keyBag.asn1;
  const key = createPrivateKey({ key: der(keyNode), format: 'der', type: 'pkcs8' });
  const certificates = bagsOf(pki.oids['certBag']).map(
    ({ cert, asn1: node }) => new X509Certificate(der(cert ? pki.certificateToAsn1(cert) : node)),
  );
  // The one of the key comes first, then those that vouch for it.
  const own = certificates.findIndex((certificate) => certificate.checkPrivateKey(key));
  if (own === -1) throw new Error('its key is not that of one of its certificates');
  const chain = [...certificates.splice(own, 1), ...certificates];
  return {
    key: key.export({ format: 'pem', type: 'pkcs8' }),
    cert: chain.map(String).join(''),
  };
}
