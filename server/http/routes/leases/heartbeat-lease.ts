import { LENDERS } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Lease } from '../../schemas/lease.ts';
import { IdPath } from '../../schemas/path.ts';
import { viewLease } from '../../views/lease.ts';
import { actOnLease } from './act-on-lease.ts';

/** `POST /v1/leases/{id}/heartbeat`: the holder lives. */
export const addHeartbeatLease: AddRoutes = (app, { keeper }) => {
  app.post(
    '/leases/:id/heartbeat',
    {
      config: { access: LENDERS },
      schema: {
        operationId: 'heartbeatLease',
        tags: ['leases'],
        summary: 'Say that the holder lives',
        description: 'A lease that is not found has ended: stop using its resources.',
        params: IdPath,
        response: { 200: Lease },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const body = await actOnLease<'heartbeatLease'>(keeper, request.token, id, {
        commandFor: (asHolder) => ({ type: 'heartbeatLease', lease: id, asHolder }),
        look: (lease, world) => viewLease(world, lease, { token: request.token }),
      });
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};
