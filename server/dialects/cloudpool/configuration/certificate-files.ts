import { readFileSync, statSync } from 'node:fs';
import { keyStoreFault } from '../key-store.ts';
import type { KeyStore } from '../key-store.ts';
import type { CertificateCredentials } from './configuration.ts';
import { shown } from './reading.ts';

/** Bytes of a file with a certificate or a key. */
const KEY_FILE_BYTES_MAX = 1_024 * 1_024;

/** What is wrong with the files of a certificate; undefined when nothing is. */
export type CheckCertificate = (credentials: CertificateCredentials) => string | undefined;

/** Reads the files and opens them, as each delivery will. */
export function checkCertificateFiles(credentials: CertificateCredentials): string | undefined {
  try {
    const fault = keyStoreFault(readKeyStore(credentials));
    return fault === undefined ? undefined : `keystore '${shown(credentials.path)}': ${fault}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Trusts that the files are as they were when the configuration came. */
export const trustCertificateFiles: CheckCertificate = () => undefined;

/** Errors: an error that names the file that cannot be read. */
export function readKeyStore({ path, keyPath, password, keyPassword }: CertificateCredentials): KeyStore {
  const bytes = readKeyFile(path);
  return { bytes, keyBytes: keyPath === null ? null : readKeyFile(keyPath), password, keyPassword };
}

function readKeyFile(path: string): Buffer {
  const stats = statSync(path, { throwIfNoEntry: false });
  // A pipe or a device could be read for ever.
  if (stats?.isFile() !== true) throw new Error(`keystore path '${shown(path)}' is not a file`);
  if (stats.size > KEY_FILE_BYTES_MAX)
    throw new Error(`keystore '${shown(path)}' is larger than ${KEY_FILE_BYTES_MAX} bytes`);
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`keystore '${shown(path)}' cannot be read: ${(cause as { code?: string }).code}`, {
      cause,
    });
  }
}
