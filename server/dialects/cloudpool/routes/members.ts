import type { JsonObject, MemberAsk } from '@poolkeeper/core';
import type { PoolEndpoint } from '../endpoint.ts';
import { readFlag, readMachineId, readMembership, readServiceState } from '../members-of-body.ts';

/** What is asked of a machine, by the last part of the path. */
const ASKS: Readonly<Record<string, (body: JsonObject) => MemberAsk>> = {
  terminate: (body) => ({ do: 'terminate', lowersSize: readFlag(body, 'decrementDesiredSize') }),
  detach: (body) => ({ do: 'detach', lowersSize: readFlag(body, 'decrementDesiredSize') }),
  attach: () => ({ do: 'attach' }),
  serviceState: (body) => ({ do: 'mark', marks: { serviceState: readServiceState(body) } }),
  membershipStatus: (body) => ({ do: 'mark', marks: { membership: readMembership(body) } }),
};

/** Where they are in the present API. */
export const MEMBER_ROUTES = memberRoutes('/pool');
/** Where instances of the original have them; its text says the other place, so both are served there. */
export const BARE_MEMBER_ROUTES = memberRoutes('');

function memberRoutes(prefix: string): readonly PoolEndpoint[] {
  return Object.entries(ASKS).map(([verb, askOf]) => ({
    method: 'POST',
    path: `${prefix}/${verb}`,
    access: 'write',
    body: 'object',
    run: async ({ pools, name, readObject }) => {
      const body = readObject();
      const machine = readMachineId(body);
      await pools.askMember(name, machine, askOf(body));
      return {};
    },
  }));
}
