/** What a client shows with Basic authentication. */
export type BasicCredentials = { readonly user: string; readonly password: string };

/** Characters of the header; a longer one is not worth decoding. */
const HEADER_LENGTH_MAX = 8_192;
const HEADER = /^basic +([A-Za-z0-9+/_-]+=*) *$/i;

/** Reads an `Authorization` header as RFC 7617 has it, in UTF-8; undefined for what is none of that scheme. */
export function readBasic(header: string | undefined): BasicCredentials | undefined {
  if (header === undefined || header.length > HEADER_LENGTH_MAX) return undefined;
  const [, encoded] = HEADER.exec(header) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
