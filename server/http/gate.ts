import { Refusal } from '@poolkeeper/core';
import type { Role } from '@poolkeeper/core';
import type { onRequestHookHandler } from 'fastify';
import type { Keeper } from '../keeper/contract.ts';
import type { Access } from './access.ts';
import { findBearer } from './bearer.ts';

const STOPPING = new Refusal('stopping', 'The server is stopping. Repeat the request soon.');
const NO_TOKEN = new Refusal('unauthenticated', 'This needs a token. Send "Authorization: Bearer pk_…".');
const BAD_TOKEN = new Refusal(
  'unauthenticated',
  'The token is unknown, revoked or past its time. Ask an admin for another.',
);

export type GateInput = { readonly keeper: Pick<Keeper, 'findToken'>; readonly isClosing: () => boolean };

/**
 * Makes the first hook of a route: it gives the request its id in the answer, refuses it while the server stops, and finds
 * out who asks and whether that may be.
 *
 * It is made once for each route, so a request costs a digest and two look-ups.
 */
export function createGate(input: GateInput, access: Access): onRequestHookHandler {
  const { keeper, isClosing } = input;
  if (access === 'open') {
    return (request, reply, done) => {
      reply.header('x-request-id', request.id);
      done();
    };
  }
  const roles: ReadonlySet<Role> = new Set(access);
  const wrongRole = new Refusal(
    'forbidden',
    `This needs a token with one of the roles: ${access.join(', ')}.`,
  );
  return (request, reply, done) => {
    reply.header('x-request-id', request.id);
    if (isClosing()) {
      // The client's next request on this connection would find it closed.
      reply.header('connection', 'close');
      return done(STOPPING);
    }
    const { authorization } = request.headers;
    if (authorization === undefined) return done(NO_TOKEN);
    const token = findBearer(keeper, authorization);
    if (token === undefined) return done(BAD_TOKEN);
    if (!roles.has(token.role)) return done(wrongRole);
    request.token = token;
    done();
  };
}
