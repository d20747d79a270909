import { Refusal } from '@poolkeeper/core';
import type { Token } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import { LENDERS } from '../../access.ts';
import { entityTag, requestedVersion } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Lease } from '../../schemas/lease.ts';
import type { LeaseBody } from '../../schemas/lease.ts';
import { IdPath } from '../../schemas/path.ts';
import { viewEndedLease } from '../../views/lease.ts';
import { actOnLease } from './act-on-lease.ts';
import { requireLease } from './find-lease.ts';

/** `DELETE /v1/leases/{id}`: ends a lease; one that has ended stays so. */
export const addEndLease: AddRoutes = (app, { keeper }) => {
  app.delete(
    '/leases/:id',
    {
      config: { access: LENDERS },
      schema: {
        operationId: 'endLease',
        tags: ['leases'],
        summary: 'End a lease',
        description: 'Its resources are taken back. Repeating it answers the ended lease.',
        params: IdPath,
        response: { 200: Lease },
      },
    },
    async (request, reply) => {
      const body = await endLease(keeper, request.token, request.params.id, requestedVersion(request));
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};

async function endLease(
  keeper: Keeper,
  token: Token,
  id: string,
  version: number | undefined,
): Promise<LeaseBody> {
  const isFor = version === undefined ? undefined : { version };
  try {
    return await actOnLease<'endLease'>(keeper, token, id, {
      commandFor: (asHolder) => ({ type: 'endLease', lease: id, asHolder, ...isFor }),
      look: (lease) => viewEndedLease(lease, token),
    });
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'lease_not_found') throw error;
  }
  // It may have ended before, which is what was asked for.
  const { body } = await requireLease(keeper, id, token);
  return body;
}
