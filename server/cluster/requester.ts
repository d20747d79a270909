import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { CLIENT_HEADER, SCHEME_HEADER } from './cluster-headers.ts';

/** Who asks, as the replica sees it that was asked. */
export type Requester = { readonly address: string; readonly isSecure: boolean };

export function requesterOf({ socket }: Pick<IncomingMessage, 'socket'>): Requester {
  const { remoteAddress = '', encrypted } = socket as Socket & { encrypted?: boolean };
  return { address: remoteAddress, isSecure: encrypted === true };
}

/**
 * Has the application see the client where the other replica is: everything that it knows of addresses and proxies then holds as if
 * the client had asked here.
 *
 * Shape: the connection says so until its next request, and has one request at a time: replicas do not pipeline.
 */
export function standInFor(request: IncomingMessage): void {
  const { [CLIENT_HEADER]: address, [SCHEME_HEADER]: scheme } = request.headers;
  if (typeof address !== 'string') return;
  Object.defineProperties(request.socket, {
    remoteAddress: { value: address, configurable: true },
    encrypted: { value: scheme === 'https', configurable: true },
  });
}
