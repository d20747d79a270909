import type { FastifyRequest } from 'fastify';
import { HttpRefusal } from './errors.ts';

/** A name, an IPv4 address or an IPv6 one in brackets, and a port (RFC 3986, without the characters that no host has). */
const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const SCHEMES: ReadonlySet<string> = new Set(['http', 'https']);

/**
 * What a client put before the path, such as `https://pools.example:8443`: addresses that it is told begin with it, so what is none
 * must not come back to it. A client of HTTP/1.0 that names no host is told the address that it reached.
 *
 * Errors: 400 for a host that is none.
 */
export function originOf(request: FastifyRequest): string {
  const { localAddress = '', localPort = 0, localFamily } = request.socket;
  const reached = `${localFamily === 'IPv6' ? `[${localAddress}]` : localAddress}:${localPort}`;
  const host = request.host || reached;
  if (!HOST.test(host)) throw new HttpRefusal(400, 'the Host header of the request names no host');
  const scheme = SCHEMES.has(request.protocol) ? request.protocol : 'http';
  return `${scheme}://${host}`;
}
