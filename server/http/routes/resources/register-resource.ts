import type { GivenCredentials } from '@poolkeeper/core';
import { OPERATORS, requireGrant } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes, CredentialsPart } from '../../parts.ts';
import { Shared } from '../../../schemas/common.ts';
import type { CredentialsGiven } from '../../../schemas/credential.ts';
import { Resource, ResourceInput } from '../../schemas/resource.ts';
import { viewResource } from '../../views/resource.ts';
import { sealGiven } from './seal-given.ts';

/** `POST /v1/resources`: registers a resource that exists already. */
export const addRegisterResource: AddRoutes = (app, { keeper, credentials }) => {
  app.post(
    '/resources',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'registerResource',
        tags: ['resources'],
        summary: 'Register a resource that exists already',
        description: 'Its name is unique in its pool, so a repetition is refused and harmless.',
        body: Shared(ResourceInput),
        response: { 201: Resource },
      },
    },
    async ({ body, token }, reply) => {
      requireGrant(token, body.pool);
      const { credentials: given, ...said } = body;
      const command = {
        type: 'registerResource',
        ...said,
        ...(given === undefined ? {} : sealedFor(credentials, given, token.name)),
      } as const;
      const resource = await keeper.ask(command, (registered, world) =>
        viewResource(world, registered, token),
      );
      reply
        .code(201)
        .header('location', `/v1/resources/${resource.id}`)
        .header('etag', entityTag(resource.version));
      return resource;
    },
  );
};

/** They are sealed for their resource alone, so its id is made first. */
function sealedFor(
  credentials: CredentialsPart,
  given: CredentialsGiven,
  by: string,
): { id: string; credentials: GivenCredentials; by: string } {
  const id = credentials.newResourceId();
  return { id, credentials: sealGiven(credentials, id, given), by };
}
