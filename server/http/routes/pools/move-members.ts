import type { MembersMoved, MoveMembers, World } from '@poolkeeper/core';
import type { ServerResponse } from 'node:http';
import { requireWaitMs } from '../../../schemas/durations.ts';
import { OPERATORS, requireGrant } from '../../access.ts';
import { moveCommand } from '../../commands/move-members.ts';
import { WAIT_MS_MAX } from '../../long-polls.ts';
import type { AddRoutes, RouteParts } from '../../parts.ts';
import { Shared } from '../../../schemas/common.ts';
import { AdditionInput, MovedMembers, RemovalInput } from '../../schemas/members.ts';
import { PoolPath } from '../../schemas/path.ts';
import { untilSettled } from '../../until-settled.ts';

const DESCRIPTION =
  'By count, names, ids, labels, filter, or all: in one decision, or nothing where fewer than `minimum` can. Only what is free and ' +
  'set aside for nobody goes, the longest free first; both pools are of one kind and provider, and kept by hand.';

/** `POST /v1/pools/{pool}/add` and `/remove`: resources from another pool into this one, and back. */
export const addMoveMembers: AddRoutes = (app, parts) => {
  app.post(
    '/pools/:pool/add',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'addPoolMembers',
        tags: ['pools'],
        summary: 'Take resources from another pool into this one',
        description: DESCRIPTION,
        params: PoolPath,
        body: Shared(AdditionInput),
        response: { 200: MovedMembers },
      },
    },
    async ({ params, body, token }, reply) => {
      requireGrant(token, params.pool);
      const command = moveCommand({ direction: 'add', pool: params.pool, body }, token);
      return move(parts, { command, wait: body.wait }, reply.raw);
    },
  );
  app.post(
    '/pools/:pool/remove',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'removePoolMembers',
        tags: ['pools'],
        summary: 'Give resources of this pool to another one',
        description: DESCRIPTION,
        params: PoolPath,
        body: Shared(RemovalInput),
        response: { 200: MovedMembers },
      },
    },
    async ({ params, body, token }, reply) => {
      requireGrant(token, params.pool);
      const command = moveCommand({ direction: 'remove', pool: params.pool, body }, token);
      return move(parts, { command, wait: body.wait }, reply.raw);
    },
  );
};

async function move(
  { keeper, timers, longPolls }: RouteParts,
  asked: { readonly command: MoveMembers; readonly wait: string | undefined },
  response: ServerResponse,
): Promise<MovedMembers> {
  const waitMs = requireWaitMs(asked.wait, '/wait', WAIT_MS_MAX);
  const { moved, left } = await keeper.ask(asked.command);
  if (waitMs > 0) {
    const ids = moved.map(({ id }) => id);
    await longPolls.hold(response, (signal) => untilSettled({ keeper, timers }, ids, { waitMs, signal }));
  }
  return { items: await keeper.read((world) => viewMoved(world, moved)), left };
}

/** As they are now; one that is gone as it was. */
function viewMoved(world: World, moved: MembersMoved['moved']): MovedMembers['items'] {
  return moved.map((before) => {
    const { id, name, status, pool } = world.resources.get(before.id) ?? {
      ...before,
      status: 'gone' as const,
    };
    return { id, name, status, pool };
  });
}
