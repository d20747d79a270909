import { explainLease } from '@poolkeeper/core';
import { EVERYBODY, maySeeLease } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { workFinder } from '../../provider-status.ts';
import { LeaseExplanationBody } from '../../schemas/explain.ts';
import { IdPath } from '../../schemas/path.ts';
import { viewLeaseExplanation } from '../../views/explain.ts';
import { noLease } from './find-lease.ts';

/** `GET /v1/leases/{id}/explain`: why a lease is where it is. */
export const addExplainLease: AddRoutes = (app, { keeper, providersStatus }) => {
  app.get(
    '/leases/:id/explain',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'explainLease',
        tags: ['leases'],
        summary: 'Say why a lease waits, and for what',
        params: IdPath,
        response: { 200: LeaseExplanationBody },
      },
    },
    ({ params, token }) =>
      keeper.read((world) => {
        const lease = world.leases.get(params.id);
        if (lease === undefined || !maySeeLease(token, lease)) throw noLease(params.id);
        return viewLeaseExplanation(explainLease(world, params.id, workFinder(providersStatus)), token);
      }),
  );
};
