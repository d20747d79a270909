import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands in for Neutron before a real Nova: there are no ports, no networks and no floating addresses, which is what Nova needs to
 * hear for servers without a network.
 */
export async function startNeutron(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    const [, , kind = ''] = new URL(incoming.url ?? '/', 'http://neutron').pathname.split('/');
    outgoing.writeHead(200, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify({ [kind.replaceAll('-', '_')]: [] }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
