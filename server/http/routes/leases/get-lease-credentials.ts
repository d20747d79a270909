import { deadlineOf, Refusal } from '@poolkeeper/core';
import type { Token, World } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import { LENDERS } from '../../access.ts';
import { instantText } from '../../instant.ts';
import type { AddRoutes, CredentialsPart } from '../../parts.ts';
import { LeaseCredentials } from '../../schemas/credential.ts';
import type { LeaseCredentialsBody } from '../../schemas/credential.ts';
import { IdPath } from '../../schemas/path.ts';
import { requireLease } from './find-lease.ts';

/** `GET /v1/leases/{id}/credentials`: what the holder of a lease uses its resources with; for nobody else. */
export const addGetLeaseCredentials: AddRoutes = (app, { keeper, credentials }) => {
  app.get(
    '/leases/:id/credentials',
    {
      config: { access: LENDERS },
      schema: {
        operationId: 'getLeaseCredentials',
        tags: ['leases'],
        summary: 'Show the credentials of the resources of a lease, to its holder alone',
        description:
          'While the lease is active and its time is not over, by the clock of the server. Administrators who do not hold it get 403.',
        params: IdPath,
        response: { 200: LeaseCredentials },
      },
    },
    async ({ params, token }, reply) => {
      reply.header('cache-control', 'no-store');
      const body = await keeper.read((world) => show(world, params.id, { token, keeper, credentials }));
      return body ?? (await refuse(keeper, params.id, token));
    },
  );
};

/**
 * Undefined where the lease is not live. The world is read when everything that it could have seen is durable, and the clock then:
 * what has run out is over, whether a decision has ended it yet or not.
 */
function show(
  world: World,
  id: string,
  { token, keeper, credentials }: { token: Token; keeper: Keeper; credentials: CredentialsPart },
): LeaseCredentialsBody | undefined {
  const lease = world.leases.get(id);
  if (lease === undefined || lease.holder !== token.name) return undefined;
  const shown = credentials.ofLease(world, lease, keeper.now());
  if (shown === null) throw notActive(id, `it is ${lease.status === 'active' ? 'over' : lease.status}`);
  if (shown.length === 0) {
    throw new Refusal(
      'no_credentials',
      `No resource of lease ${id} has credentials. Whoever looks after the pool gives them with "poolkeeper resource set-credentials".`,
    );
  }
  const expiresAt = instantText(lease.status === 'active' ? deadlineOf(lease) : 0);
  return { lease: id, expiresAt, resources: [...shown] };
}

/** Whoever may know of the lease is told why it sees nothing; for anybody else there is no such lease. */
async function refuse(keeper: Keeper, id: string, token: Token): Promise<never> {
  const { lease } = await requireLease(keeper, id, token);
  if (lease.holder === token.name) throw notActive(id, 'it has ended');
  throw new Refusal(
    'forbidden',
    `Lease ${id} is ${lease.holder}'s. Credentials are shown to the holder of a lease alone, whatever else a token may do.`,
  );
}

function notActive(id: string, why: string): Refusal {
  return new Refusal(
    'lease_not_active',
    `Lease ${id} shows no credentials: ${why}. They are shown while a lease is active, and not a moment longer.`,
  );
}
