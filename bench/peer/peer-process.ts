import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { LeaseTable } from './lease-table.ts';
import type { PeerMode } from './lease-table.ts';

/** A service that lends by `LeaseTable`, behind the HTTP server that ours stands behind: the same requests, tokens and bodies. */
export type PeerInput = {
  readonly url: string;
  readonly mode: PeerMode;
  readonly connections: number;
  readonly token: string;
};
export type PeerReady = { readonly port: number };

const Text = { type: 'string', maxLength: 256 } as const;
const LEASE = {
  body: {
    type: 'object',
    required: ['pool', 'match'],
    additionalProperties: false,
    properties: {
      pool: Text,
      match: { type: 'object', required: ['arch'], additionalProperties: false, properties: { arch: Text } },
    },
  },
  response: { 201: { type: 'object', properties: { id: Text, resource: Text, holder: Text } } },
} as const;

process.once('message', ({ token, ...input }: PeerInput) => {
  const table = new LeaseTable(input);
  const app = Fastify();
  const bearer = `Bearer ${token}`;
  // Who holds which token is known without a query, as in a service with a cache of them.
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization !== bearer) return reply.code(401).send();
  });
  app.post<{ Body: { pool: string; match: { arch: string } } }>(
    '/v1/leases',
    { schema: LEASE },
    async ({ body }, reply) => {
      const holder = 'bench-load';
      const lent = await table.acquire({ pool: body.pool, arch: body.match.arch, holder });
      return lent === undefined ? reply.code(409).send() : reply.code(201).send({ ...lent, holder });
    },
  );
  app.delete<{ Params: { id: string } }>('/v1/leases/:id', async ({ params }, reply) => {
    const isReleased = await table.release(params.id);
    return isReleased ? { id: params.id, status: 'ended' } : reply.code(404).send();
  });
  void app.listen({ host: '127.0.0.1', port: 0 }).then(() => {
    const { port } = app.server.address() as AddressInfo;
    process.send?.({ port } satisfies PeerReady);
  });
});
