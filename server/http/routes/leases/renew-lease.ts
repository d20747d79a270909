import { LENDERS } from '../../access.ts';
import { requireDurationMs } from '../../../schemas/durations.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Shared } from '../../../schemas/common.ts';
import { Lease, RenewInput } from '../../schemas/lease.ts';
import { IdPath } from '../../schemas/path.ts';
import { viewLease } from '../../views/lease.ts';
import { actOnLease } from './act-on-lease.ts';

/** `POST /v1/leases/{id}/renew`: makes a lease last longer. */
export const addRenewLease: AddRoutes = (app, { keeper }) => {
  app.post(
    '/leases/:id/renew',
    {
      config: { access: LENDERS },
      schema: {
        operationId: 'renewLease',
        tags: ['leases'],
        summary: 'Make a lease last longer',
        description:
          "It then lasts `duration` from now, but from its grant never longer than its pools' `lease.max`.",
        params: IdPath,
        body: Shared(RenewInput),
        response: { 200: Lease },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { duration } = request.body;
      const { quota } = request.token;
      const lasting = duration === undefined ? {} : { durationMs: requireDurationMs(duration, '/duration') };
      const version = versionOf(request);
      const body = await actOnLease<'renewLease'>(keeper, request.token, id, {
        commandFor: (asHolder) => ({
          type: 'renewLease',
          lease: id,
          asHolder,
          quota,
          ...lasting,
          ...version,
        }),
        look: (lease, world) => viewLease(world, lease, { token: request.token }),
      });
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};
