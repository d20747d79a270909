import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ListenAt = { readonly host: string; readonly port: number };

/** Has a server listen, and answers where it does. Errors: those of listening. */
export function listenAt(
  server: Pick<Server, 'listen' | 'once' | 'removeListener' | 'address'>,
  { host, port }: ListenAt,
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.removeListener('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}
