import { createHash } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { ACCEPT_ANY_HOST_KEY } from '../../schemas/steps/ssh.ts';
import { StepRefused } from '../contract.ts';

/** Which keys a machine may show. */
export type HostKeys = {
  readonly isAnyAccepted: boolean;
  /** As `SHA256:…`. */
  readonly fingerprints: readonly string[];
  /** What the machine is asked to show a key of; null where the kinds of the keys are not known. */
  readonly algorithms: readonly ServerHostKeyAlgorithm[] | null;
};

const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};
const FINGERPRINT = /^SHA256:([A-Za-z0-9+/]{43})=?$/;
/** The kind and the key stand together wherever a public key is written, with or without hosts and a comment. */
const PUBLIC_KEY = /(?:^|\s)((?:ssh|ecdsa)-[a-z0-9-]+)\s+(AAAA[A-Za-z0-9+/]+={0,2})(?:\s|$)/;
const SHOWN_LENGTH_MAX = 40;

export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The kind of a public key as it goes over the wire: its first field. */
export function kindOf(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/**
 * Reads what a step says of the machine's key. An entry may hold several lines, as files of keys do.
 *
 * Errors: `StepRefused` for what is no key, with how to come by one.
 */
export function readHostKeys(said: string | readonly string[]): HostKeys {
  const lines = [said]
    .flat()
    .flatMap((entry) => entry.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.includes(ACCEPT_ANY_HOST_KEY)) {
    if (lines.length === 1) return { isAnyAccepted: true, fingerprints: [], algorithms: null };
    throw new StepRefused(`hostKey says ${ACCEPT_ANY_HOST_KEY} and names keys too. Say one or the other.`);
  }
  if (lines.length === 0) throw new StepRefused(`hostKey names no key. ${HOW_TO_FIND}`);
  const keys = lines.map(readLine);
  const algorithms = keys.map(({ kind }) => (kind === null ? undefined : ALGORITHMS[kind]));
  return {
    isAnyAccepted: false,
    fingerprints: keys.map(({ fingerprint }) => fingerprint),
    algorithms: algorithms.every((known) => known !== undefined) ? [...new Set(algorithms.flat())] : null,
  };
}

const HOW_TO_FIND =
  'Run "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" on the machine and give the SHA256:… that it prints, or the line of that file itself.';

function readLine(line: string): { kind: string | null; fingerprint: string } {
  const [, digest] = FINGERPRINT.exec(line) ?? [];
  if (digest !== undefined) return { kind: null, fingerprint: `SHA256:${digest}` };
  const [, kind = '', key] = PUBLIC_KEY.exec(line) ?? [];
  if (line.startsWith('@') || key === undefined) {
    throw new StepRefused(
      `hostKey has "${line.slice(0, SHOWN_LENGTH_MAX)}", which is neither a fingerprint (SHA256:…) nor a public key. ${HOW_TO_FIND}`,
    );
  }
  return { kind, fingerprint: fingerprintOf(Buffer.from(key, 'base64')) };
}

export function isHostKeyRight(keys: HostKeys, shown: Buffer): boolean {
  return keys.isAnyAccepted || keys.fingerprints.includes(fingerprintOf(shown));
}
