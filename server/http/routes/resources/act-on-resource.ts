import { RESOURCE_ACTIONS } from '@poolkeeper/core';
import type { ResourceAction, Token } from '@poolkeeper/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Keeper } from '../../../keeper/contract.ts';
import { OPERATORS } from '../../access.ts';
import { entityTag, requestedVersion } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Shared } from '../../../schemas/common.ts';
import { IdPath } from '../../schemas/path.ts';
import { ActionInput, Resource } from '../../schemas/resource.ts';
import type { ResourceBody } from '../../schemas/resource.ts';
import { viewResource } from '../../views/resource.ts';
import { changeWithinGrant } from './within-grant.ts';

/** Of each action: its sentence, and the status of its answer. 202: what it began goes on afterwards. */
const ACTIONS: Readonly<Record<ResourceAction, { summary: string; status: 200 | 202 }>> = {
  hold: { summary: 'Stop the work on a resource, for a person to look at', status: 200 },
  retry: { summary: 'Go on with a held resource, or take a quarantined one back into service', status: 202 },
  skip: { summary: 'Say that what a resource is held at is done', status: 200 },
  quarantine: { summary: 'Set a resource aside as unsafe, at once or when it comes back', status: 200 },
  retire: { summary: 'Take a resource out of service for good, at once or when it comes back', status: 202 },
};
const GONE = { type: 'null', description: 'The resource is gone.' };

/** `POST /v1/resources/{id}/{hold,retry,skip,quarantine,retire}` and `DELETE /v1/resources/{id}`, which retires. */
export const addActOnResource: AddRoutes = (app, { keeper }) => {
  for (const action of RESOURCE_ACTIONS) {
    const { summary, status } = ACTIONS[action];
    app.post(
      `/resources/:id/${action}`,
      {
        config: { access: OPERATORS },
        schema: {
          operationId: `${action}Resource`,
          tags: ['resources'],
          summary,
          params: IdPath,
          body: Shared(ActionInput),
          response: { [status]: Resource, 204: GONE },
        },
      },
      async (request, reply) => {
        const { reason } = request.body;
        const body = await act(keeper, request, {
          id: request.params.id,
          token: request.token,
          action,
          reason,
        });
        return answer(reply, status, body);
      },
    );
  }
  app.delete(
    '/resources/:id',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'deleteResource',
        tags: ['resources'],
        summary: ACTIONS.retire.summary,
        description: 'The same as retire.',
        params: IdPath,
        response: { 202: Resource, 204: GONE },
      },
    },
    async (request, reply) => {
      const { token, params } = request;
      return answer(
        reply,
        202,
        await act(keeper, request, { id: params.id, token, action: 'retire', reason: undefined }),
      );
    },
  );
};

type Action = { id: string; token: Token; action: ResourceAction; reason: string | undefined };

function act(
  keeper: Keeper,
  request: FastifyRequest,
  { id, token, action, reason }: Action,
): Promise<ResourceBody | null> {
  return changeWithinGrant(keeper, token, {
    id,
    version: requestedVersion(request),
    commandFor: (version) => ({
      type: 'actOnResource',
      resource: id,
      action,
      reason: reason ?? `${token.name} asked for it`,
      by: token.name,
      ...version,
    }),
    look: (resource, world) =>
      resource === undefined ? null : viewResource(world, world.resources.get(id) ?? resource, token),
  });
}

function answer(reply: FastifyReply, status: 200 | 202, body: ResourceBody | null): FastifyReply {
  if (body === null) return reply.code(204).send(null);
  return reply.code(status).header('etag', entityTag(body.version)).send(body);
}
