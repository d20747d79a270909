import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Bytes of the secret that everything here is derived from. */
export const KEY_BYTES = 32;
const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Characters of a reservation's id that nobody can guess: more than 128 bits. */
const PROOF_LENGTH = 22;
/** Hexadecimal digits that stand for a token without a name. */
const DIGEST_LENGTH = 16;
/** What reservation ids are made of. */
const ID = /^[0-9A-Za-z_-]{1,200}$/;
const LEASE_PREFIX = 'lse_';

/** Ids and digests that nobody makes or guesses without the server's key, so that nothing of a token or an id has to be stored. */
export type AcctpoolKeys = {
  /** The id of the reservation that a lease is. */
  idOf(lease: string): string;
  /** The lease of a reservation; undefined for an id that this server did not give. */
  leaseOf(id: string): string | undefined;
  /** All bytes of a digest of a token; equal ones are compared in constant time. */
  digest(token: string): Buffer;
  /** A few digits of it, for names. */
  shortDigest(text: string): string;
};

/** `secret`: `KEY_BYTES` of chance, the same at each start. */
export function createAcctpoolKeys(secret: Uint8Array): AcctpoolKeys {
  const keyFor = (use: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `acctpool ${use}`, KEY_BYTES));
  const ofIds = keyFor('reservation ids');
  const ofTokens = keyFor('tokens');
  const proofOf = (lease: string): string => inBase62(createHmac('sha256', ofIds).update(lease).digest());
  const digest = (text: string): Buffer => createHmac('sha256', ofTokens).update(text).digest();
  return {
    idOf: (lease) => `${lease.replace(LEASE_PREFIX, '')}${proofOf(lease)}`,
    leaseOf: (id) => {
      if (!ID.test(id) || id.length <= PROOF_LENGTH) return undefined;
      const lease = `${LEASE_PREFIX}${id.slice(0, -PROOF_LENGTH)}`;
      const isOurs = timingSafeEqual(Buffer.from(id.slice(-PROOF_LENGTH)), Buffer.from(proofOf(lease)));
      return isOurs ? lease : undefined;
    },
    digest,
    shortDigest: (text) => digest(text).toString('hex').slice(0, DIGEST_LENGTH),
  };
}

function inBase62(bytes: Buffer): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let digit = 0; digit < PROOF_LENGTH; digit += 1, rest /= 62n) text += BASE_62[Number(rest % 62n)];
  return text;
}
