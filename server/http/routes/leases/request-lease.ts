import { Refusal } from '@poolkeeper/core';
import type { LeaseRequested, Token, World } from '@poolkeeper/core';
import type { ServerResponse } from 'node:http';
import { LENDERS } from '../../access.ts';
import { leaseCommand, pointAtShorthand } from '../../commands/request-lease.ts';
import { requireWaitMs } from '../../../schemas/durations.ts';
import { entityTag } from '../../entity-tag.ts';
import { idempotencyOf } from '../../idempotency.ts';
import { WAIT_MS_MAX } from '../../long-polls.ts';
import type { AddRoutes, RouteParts } from '../../parts.ts';
import { Shared } from '../../../schemas/common.ts';
import { Lease, LeaseInput } from '../../schemas/lease.ts';
import type { LeaseBody } from '../../schemas/lease.ts';
import { viewLease } from '../../views/lease.ts';
import { findLeaseBody } from './find-lease.ts';

type Asked = { id: string; body: LeaseBody | undefined; isRepeated: boolean };

/** `POST /v1/leases`: asks for resources, and may wait for them. */
export const addRequestLease: AddRoutes = (app, parts) => {
  app.post(
    '/leases',
    {
      config: { access: LENDERS },
      schema: {
        operationId: 'requestLease',
        tags: ['leases'],
        summary: 'Ask for resources',
        description:
          'Granted at once if every item can have its minimum; else queued, and with `wait` the answer waits for the grant. ' +
          'A repetition with the same `Idempotency-Key` answers the same lease, also when it has ended. ' +
          'Without a key, a lease whose caller goes away while it waits is cancelled: nobody has learned its id.',
        body: Shared(LeaseInput),
        response: { 201: Lease },
      },
    },
    async (request, reply) => {
      const { body, token } = request;
      const waitMs = requireWaitMs(body.wait, '/wait', WAIT_MS_MAX);
      const idempotency = idempotencyOf(request);
      const command = leaseCommand(body, token, idempotency);
      let asked: Asked;
      try {
        asked = await parts.keeper.ask(command, viewAskedBy(token));
      } catch (error) {
        throw body.items === undefined ? pointAtShorthand(error) : error;
      }
      if (['queued', 'preparing'].includes(asked.body?.status ?? '') && waitMs > 0) {
        const isUnknown = idempotency === undefined;
        asked.body = await waitForLease(
          parts,
          { ...asked, token, holder: command.holder, waitMs, isUnknown },
          reply.raw,
        );
      }
      const lease = asked.body ?? (await findForgotten(parts, asked.id, token));
      reply.code(201).header('location', `/v1/leases/${asked.id}`).header('etag', entityTag(lease.version));
      return lease;
    },
  );
};

function viewAskedBy(token: Token): (reply: LeaseRequested, world: World) => Asked {
  return ({ id, lease, isRepeated }, world) => ({
    id,
    body: lease === undefined ? undefined : viewLease(world, lease, { token }),
    isRepeated,
  });
}

type Waiting = { token: Token; id: string; holder: string; waitMs: number; isUnknown: boolean };

async function waitForLease(
  parts: RouteParts,
  lease: Waiting,
  response: ServerResponse,
): Promise<LeaseBody | undefined> {
  const { isGone } = await parts.longPolls.wait(parts.keeper, lease, response);
  if (isGone && lease.isUnknown) {
    // It may have ended by itself, or the server may be stopping: either way there is nobody to tell.
    await parts.keeper.ask({ type: 'endLease', lease: lease.id, asHolder: lease.holder }).catch(() => {});
  }
  return findLeaseBody(parts.keeper, lease.id, lease.token);
}

/** A lease that a key remembers and that has ended. */
async function findForgotten(parts: RouteParts, id: string, token: Token): Promise<LeaseBody> {
  const body = await findLeaseBody(parts.keeper, id, token);
  if (body !== undefined) return body;
  throw new Refusal(
    'lease_not_found',
    `This key made lease ${id}, which ended too long ago to be told of. Use a new key.`,
  );
}
