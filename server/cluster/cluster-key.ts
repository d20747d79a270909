import { hkdfSync } from 'node:crypto';
import type { TlsOptions } from 'node:tls';

/** What the key is for; another version of the protocol has another label, and thereby another key. */
const KEY_LABEL = 'poolkeeper cluster listener 1';
const KEY_BYTES = 32;
/** Not secret: which of a peer's keys is meant. There is one. */
const IDENTITY = 'poolkeeper-cluster-1';

/**
 * Both prove that they know the key, and make a new one for each connection that nobody learns from it later. Certificates have no
 * part in it: a peer that offers one finds no cipher in common.
 */
const CIPHERS = 'ECDHE-PSK-CHACHA20-POLY1305';
/** Keys that are shared in advance are other things in TLS 1.3, which the runtime does not offer. */
const VERSION = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;

/** What both ends of a connection between replicas speak TLS with, made from the secret that they share. */
export type ClusterTls = {
  readonly server: TlsOptions;
  readonly client: {
    readonly ciphers: string;
    readonly minVersion: 'TLSv1.2';
    readonly maxVersion: 'TLSv1.2';
    readonly pskCallback: () => { readonly psk: Buffer; readonly identity: string };
    readonly checkServerIdentity: () => undefined;
  };
};

/** Derives the key of the cluster from its secret (HKDF, RFC 5869): the secret itself is never on the wire, nor a digest of it. */
export function clusterTlsOf(secret: string): ClusterTls {
  const psk = Buffer.from(hkdfSync('sha256', secret, '', KEY_LABEL, KEY_BYTES));
  return {
    server: {
      ...VERSION,
      ciphers: CIPHERS,
      pskIdentityHint: IDENTITY,
      pskCallback: (_socket, identity) => (identity === IDENTITY ? psk : null),
    },
    client: {
      ...VERSION,
      ciphers: CIPHERS,
      pskCallback: () => ({ psk, identity: IDENTITY }),
      // Who knows the key is who is meant; names have no part in it.
      checkServerIdentity: () => undefined,
    },
  };
}
