import type { GivenCredentials, Token } from '@poolkeeper/core';
import type { FastifyRequest } from 'fastify';
import type { Keeper } from '../../../keeper/contract.ts';
import { Shared } from '../../../schemas/common.ts';
import { CredentialsSetting } from '../../../schemas/credential.ts';
import { OPERATORS } from '../../access.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes, CredentialsPart } from '../../parts.ts';
import { Credentials } from '../../schemas/credential.ts';
import type { CredentialsBody } from '../../schemas/credential.ts';
import { IdPath } from '../../schemas/path.ts';
import { viewCredentials } from '../../views/credential.ts';
import { sealGiven } from './seal-given.ts';
import { changeWithinGrant } from './within-grant.ts';

/** `PUT` and `DELETE /v1/resources/{id}/credentials`: they can be replaced and removed, and are shown to whoever holds the resource alone. */
export const addPutCredentials: AddRoutes = (app, { keeper, credentials }) => {
  app.put(
    '/resources/:id/credentials',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'putCredentials',
        tags: ['resources'],
        summary: 'Set the credentials of a resource',
        description:
          'They are sealed before they are stored. `current` is shown to whoever holds the resource, for as long as its lease lasts; ' +
          '`management` is for those that look after it. What is left out stays, and null takes it away.',
        params: IdPath,
        body: Shared(CredentialsSetting),
        response: { 200: Credentials },
      },
    },
    async (request, reply) => {
      const { params, body, token } = request;
      const sealed = sealGiven(credentials, params.id, body);
      const shown = await put(keeper, request, { id: params.id, token, sealed, credentials });
      reply.header('etag', entityTag(shown.version));
      return shown;
    },
  );
  app.delete(
    '/resources/:id/credentials',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'deleteCredentials',
        tags: ['resources'],
        summary: 'Take the credentials of a resource away',
        description:
          'What a rotation made and has not put in force stays, until the next one has tidied it up.',
        params: IdPath,
        response: { 204: { type: 'null', description: 'There are none any more.' } },
      },
    },
    async (request, reply) => {
      const { params, token } = request;
      const sealed = { current: null, management: null };
      await put(keeper, request, { id: params.id, token, sealed, credentials });
      return reply.code(204).send(null);
    },
  );
};

type Put = { id: string; token: Token; sealed: GivenCredentials; credentials: CredentialsPart };

/** The version of the request is that of the credentials. */
function put(
  keeper: Keeper,
  request: FastifyRequest,
  { id, token, sealed, credentials }: Put,
): Promise<CredentialsBody> {
  return changeWithinGrant(keeper, token, {
    id,
    version: undefined,
    commandFor: ({ version: resourceVersion }) => ({
      type: 'putCredential',
      resource: id,
      sealed,
      by: token.name,
      ...versionOf(request),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    }),
    look: (credential) => viewCredentials(id, credential, credentials),
  });
}
