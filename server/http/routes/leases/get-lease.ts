import { EVERYBODY } from '../../access.ts';
import { requireWaitMs } from '../../../schemas/durations.ts';
import { entityTag } from '../../entity-tag.ts';
import { WAIT_MS_MAX } from '../../long-polls.ts';
import type { AddRoutes } from '../../parts.ts';
import { IdPath } from '../../schemas/path.ts';
import { Lease, WaitQuery } from '../../schemas/lease.ts';
import { requireLease } from './find-lease.ts';

/** `GET /v1/leases/{id}`: a lease, live or ended; with `wait`, as soon as it is not queued. */
export const addGetLease: AddRoutes = (app, { keeper, longPolls }) => {
  app.get(
    '/leases/:id',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'getLease',
        tags: ['leases'],
        summary: 'Show a lease',
        params: IdPath,
        querystring: WaitQuery,
        response: { 200: Lease },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const waitMs = requireWaitMs(request.query.wait, '/query/wait', WAIT_MS_MAX);
      let { body } = await requireLease(keeper, id, request.token);
      if (['queued', 'preparing'].includes(body.status) && waitMs > 0) {
        await longPolls.wait(keeper, { id, waitMs }, reply.raw);
        ({ body } = await requireLease(keeper, id, request.token));
      }
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};
