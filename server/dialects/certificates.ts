import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { SecureVersion } from 'node:tls';

/** Where the certificate and key of a server are. Paths are absolute. */
export type ServerKey =
  | { readonly kind: 'pkcs12'; readonly file: string; readonly password: string }
  | { readonly kind: 'pem'; readonly certFile: string; readonly keyFile: string };

/** Whose certificates of clients are accepted: PEM, or PKCS12 with its password. */
export type TrustStore = { readonly file: string; readonly password: string | null };

/** What HTTPS is served with. `clients`: each client has to show a certificate that one of these issued; null: none has to. */
export type TlsFiles = { readonly key: ServerKey; readonly clients: TrustStore | null };

/** As `node:https` takes them. */
export type TlsOptions = {
  readonly minVersion: SecureVersion;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
} & Partial<Record<'pfx' | 'cert' | 'key', Buffer>> & {
    readonly passphrase?: string;
    readonly ca?: string[];
  };

/** Keys or certificates that cannot be used. The message names the file, what is wrong and what to do; it has no password. */
export class CertificateFault extends Error {
  override readonly name = 'CertificateFault';
}

const TLS_MIN: SecureVersion = 'TLSv1.2';
/** How files of Java's own format begin: JKS, and JCEKS. */
const JAVA_MAGICS: ReadonlySet<number> = new Set([0xfeedfeed, 0xcececece]);
const PEM_CERTIFICATE =
  /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

/**
 * Reads what HTTPS is served with, once, and proves that it works before anything listens.
 *
 * Errors: `CertificateFault`.
 */
export async function readTls({ key, clients }: TlsFiles): Promise<TlsOptions> {
  const own = key.kind === 'pem' ? await readPemKey(key) : await readPkcs12Key(key);
  const common = { minVersion: TLS_MIN, ...own };
  if (clients === null) return { ...common, requestCert: false, rejectUnauthorized: false };
  return { ...common, requestCert: true, rejectUnauthorized: true, ca: await readTrust(clients) };
}

async function readPemKey(paths: {
  certFile: string;
  keyFile: string;
}): Promise<{ cert: Buffer; key: Buffer }> {
  const cert = await read(paths.certFile);
  const key = await read(paths.keyFile);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch (error) {
    throw new CertificateFault(`${paths.certFile} holds no certificate in PEM`, { cause: error });
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(key))) return { cert, key };
  } catch (error) {
    throw new CertificateFault(
      `${paths.keyFile} holds no private key in PEM, or one that is closed with a password, which is not asked for`,
      { cause: error },
    );
  }
  throw new CertificateFault(`${paths.keyFile} is not the key of the certificate in ${paths.certFile}`);
}

async function readPkcs12Key({
  file,
  password,
}: {
  file: string;
  password: string;
}): Promise<{ pfx: Buffer; passphrase: string }> {
  const pfx = await read(file);
  refuseJavaFormat(file, pfx);
  try {
    createSecureContext({ pfx, passphrase: password });
  } catch (error) {
    throw explainPkcs12(file, error);
  }
  return { pfx, passphrase: password };
}

function explainPkcs12(file: string, cause: unknown): CertificateFault {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (/mac verify/i.test(message))
    return new CertificateFault(`the password does not open ${file}`, { cause });
  if (code === 'ERR_CRYPTO_UNSUPPORTED_OPERATION') {
    return new CertificateFault(
      `${file} is closed with ciphers of old (RC2 or 3DES), which are not opened any more; convert it: ` +
        `openssl pkcs12 -legacy -in ${file} -nodes -out key.pem && openssl pkcs12 -export -in key.pem -out new.p12, ` +
        'and remove key.pem, which holds the key in the clear',
      { cause },
    );
  }
  if (code === 'ERR_CRYPTO_OPERATION_FAILED')
    return new CertificateFault(`${file} holds no private key, which a server needs`, { cause });
  return new CertificateFault(
    `${file} is no PKCS12 file; for PEM give the certificate and key by themselves`,
    { cause },
  );
}

/** The certificates of a trust store, in PEM. */
async function readTrust({ file, password }: TrustStore): Promise<string[]> {
  const bytes = await read(file);
  refuseJavaFormat(file, bytes);
  const isPem = bytes.includes('-----BEGIN ');
  const certificates = isPem
    ? pemCertificates(file, bytes)
    : await pkcs12Certificates({ file, bytes, password });
  if (certificates.length > 0) return certificates;
  throw new CertificateFault(`${file} holds no certificate, so that no client could be let in`);
}

function pemCertificates(file: string, bytes: Buffer): string[] {
  const texts = bytes.toString('latin1').match(PEM_CERTIFICATE) ?? [];
  try {
    return texts.map((text) => new X509Certificate(text).toString());
  } catch (error) {
    throw new CertificateFault(`a certificate in ${file} cannot be read`, { cause: error });
  }
}

async function pkcs12Certificates(store: {
  file: string;
  bytes: Buffer;
  password: string | null;
}): Promise<string[]> {
  const { file, bytes, password } = store;
  if (password === null)
    throw new CertificateFault(`${file} is no PEM file; a PKCS12 trust store needs its password`);
  // It is large, and servers without a trust store of this kind do without it.
  const { default: forge } = await import('node-forge');
  try {
    const asn1 = forge.asn1.fromDer(bytes.toString('binary'));
    const { [forge.pki.oids['certBag'] as string]: bags = [] } = forge.pkcs12
      .pkcs12FromAsn1(asn1, password)
      .getBags({ bagType: forge.pki.oids['certBag'] as string });
    // It understands certificates of RSA keys alone, and leaves others as they are.
    return bags.map(({ cert, asn1: raw }) => {
      const der = forge.asn1.toDer(cert ? forge.pki.certificateToAsn1(cert) : raw).getBytes();
      return new X509Certificate(Buffer.from(der, 'binary')).toString();
    });
  } catch (error) {
    const { message } = error as Error;
    throw new CertificateFault(
      /MAC could not be verified|password/i.test(message)
        ? `the password does not open ${file}`
        : `${file} is neither PEM nor PKCS12: ${message}`,
      { cause: error },
    );
  }
}

function refuseJavaFormat(file: string, bytes: Buffer): void {
  if (bytes.length < 4 || !JAVA_MAGICS.has(bytes.readUInt32BE(0))) return;
  throw new CertificateFault(
    `${file} is in Java's own format (JKS), which is not read; convert it: keytool -importkeystore -srckeystore ${file} ` +
      '-destkeystore new.p12 -deststoretype PKCS12',
  );
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CertificateFault(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
