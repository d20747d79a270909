import { hash, randomBytes } from 'node:crypto';

/** So that a secret is known for what it is, by people and by tools that look for leaked ones. */
export const SECRET_PREFIX = 'pk_';
const SECRET_BYTES = 32;

/** A new secret: 256 bits of chance, safe in a header, a file and a shell. */
export function newSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
}

const SIGNING_SECRET_BYTES = 24;

/** A new secret to sign messages with, as the Standard Webhooks scheme writes them. */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(SIGNING_SECRET_BYTES).toString('base64')}`;
}

/** What is stored of a secret: SHA-256, in hex. A plain digest will do, since nobody can guess 256 bits. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}
