import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** What a JWS of ours is about. Each kind has a type of its own, so that none can stand for another. */
export const JWS_TYPES = { record: 'poolkeeper-turnover+jws', head: 'poolkeeper-turnover-head+jws' } as const;
export type JwsType = (typeof JWS_TYPES)[keyof typeof JWS_TYPES];
const ALGORITHM = 'EdDSA';

/** The protected header of a JWS of ours: these members and no others. */
type Header = { readonly alg: typeof ALGORITHM; readonly kid: string; readonly typ: JwsType };

/** A compact JWS (RFC 7515) taken apart; nothing is verified yet. */
export type OpenJws = { readonly kid: string; readonly payload: string };

/** Signs at once: a decision cannot wait. Ed25519 answers the same for the same payload and key. */
export function signJws(
  payload: string,
  typ: JwsType,
  key: { readonly kid: string; readonly privateKey: KeyObject },
): string {
  const header: Header = { alg: ALGORITHM, kid: key.kid, typ };
  const input = `${toBase64Url(JSON.stringify(header))}.${toBase64Url(payload)}`;
  return `${input}.${sign(null, Buffer.from(input), key.privateKey).toString('base64url')}`;
}

/**
 * Takes a JWS of ours apart, or undefined for anything else: another algorithm or type, further members of the header, parts
 * that are not written in the one way in which base64url and UTF-8 write them.
 */
export function openJws(jws: string, typ: JwsType): OpenJws | undefined {
  const parts = jws.split('.');
  const [headerPart = '', payloadPart = '', signaturePart = ''] = parts;
  if (parts.length !== 3 || !isBase64Url(signaturePart)) return undefined;
  const header = readHeader(fromBase64Url(headerPart));
  const payload = fromBase64Url(payloadPart);
  if (header === undefined || payload === undefined || header.typ !== typ) return undefined;
  return { kid: header.kid, payload };
}

function readHeader(text: string | undefined): Header | undefined {
  if (text === undefined) return undefined;
  try {
    const { alg, kid, typ, ...others } = JSON.parse(text) as Partial<Header>;
    if (alg !== ALGORITHM || typeof kid !== 'string' || typ === undefined) return undefined;
    return Object.keys(others).length > 0 ? undefined : { alg, kid, typ };
  } catch {
    return undefined;
  }
}

function toBase64Url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

/** The last character of a part has bits that mean nothing: only one way of setting them is ours. */
function isBase64Url(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

function fromBase64Url(part: string): string | undefined {
  if (!isBase64Url(part)) return undefined;
  const text = Buffer.from(part, 'base64url').toString('utf8');
  return toBase64Url(text) === part ? text : undefined;
}
