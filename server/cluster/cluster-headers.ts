import type { IncomingMessage } from 'node:http';

/** Between replicas only; what a client sends under this prefix is not looked at and not passed on. */
const PREFIX = 'x-poolkeeper-';
/** For which listener a forwarded request is: `main`, `boskos`, `cloudpool:POOL`. */
export const LISTENER_HEADER = `${PREFIX}listener`;
/** The address that it came from, as the replica saw it that forwards it. */
export const CLIENT_HEADER = `${PREFIX}client`;
/** How it came: `http` or `https`. */
export const SCHEME_HEADER = `${PREFIX}scheme`;
/** In answers: the term that the replica knows. */
export const TERM_HEADER = `${PREFIX}term`;

/** The listener that a replica names which only wants to know whether requests would be taken. */
export const ASK_LISTENER = 'ask';

/** Headers of one connection, and no part of the message (RFC 9110 §7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Is it a header that only replicas may send each other? */
export function isClusterHeader(name: string): boolean {
  return name.slice(0, PREFIX.length).toLowerCase() === PREFIX;
}

/** Takes out of a request what only replicas may say; the application sees none of it. */
export function stripClusterHeaders(request: IncomingMessage): void {
  const { rawHeaders } = request;
  let isTold = false;
  for (let at = 0; at < rawHeaders.length; at += 2) isTold ||= isClusterHeader(rawHeaders[at] ?? '');
  if (!isTold) return;
  // Read first: the parsed headers are made from the raw ones when somebody first looks.
  const { headers } = request;
  for (const name of Object.keys(headers)) if (isClusterHeader(name)) delete headers[name];
  request.rawHeaders = keepHeaders(rawHeaders, (name) => !isClusterHeader(name));
}

/** The headers of a message that are passed on: name, value, name, value, as they were written. */
export function endToEnd(message: Pick<IncomingMessage, 'rawHeaders' | 'headers'>): string[] {
  const named = new Set(
    (message.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()),
  );
  return keepHeaders(message.rawHeaders, (name) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !named.has(lower) && !isClusterHeader(lower);
  });
}

/** Those of a list of names and values that are wanted. */
export function keepHeaders(raw: readonly string[], isKept: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (isKept(name)) kept.push(name, raw[at + 1] ?? '');
  }
  return kept;
}
