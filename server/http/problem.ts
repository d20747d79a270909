import { ERRORS } from '@poolkeeper/core';
import type { ErrorCode, ErrorKind, Refusal } from '@poolkeeper/core';
import type { FastifyReply } from 'fastify';
import type { Problem } from './schemas/problem.ts';

/** The only mapping of kinds to statuses. */
export const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale: 412,
  exhausted: 409,
  limited: 429,
  unavailable: 503,
  internal: 500,
};

/** Codes for which HTTP has a status that says more than the one of their kind. */
const CLOSER_STATUS: Partial<Record<ErrorCode, number>> = {
  body_too_large: 413,
  url_too_long: 414,
  unsupported_media_type: 415,
  method_not_allowed: 405,
  not_the_keeper: 421,
};

/** After how many seconds it is worth another try. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorKind, number>> = { exhausted: 5, limited: 5, unavailable: 2 };

const MEDIA_TYPE = 'application/problem+json';

export function statusOf(code: ErrorCode): number {
  return CLOSER_STATUS[code] ?? STATUS[ERRORS[code].kind];
}

/** The refusal as RFC 9457 has it. Nothing of its cause is in it: that is for the log. */
export function problemOf(refusal: Refusal, requestId: string): Problem {
  return {
    type: `/errors#${refusal.code}`,
    title: ERRORS[refusal.code].title,
    status: statusOf(refusal.code),
    detail: refusal.message,
    instance: requestId,
    code: refusal.code,
    errors: refusal.faults.map(({ pointer, message }) => ({ pointer, message })),
  };
}

/** Answers with a problem, with the headers that its status asks for. */
export function sendProblem(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const requestId = reply.request.id;
  const retryAfter = RETRY_AFTER_SECONDS[refusal.kind];
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (refusal.kind === 'unauthenticated') reply.header('www-authenticate', challengeFor(reply));
  return (
    reply
      .code(statusOf(refusal.code))
      .header('x-request-id', requestId)
      .header('content-type', MEDIA_TYPE)
      // As bytes: the framework would add to the type of a text a charset that this type does not have.
      .send(Buffer.from(JSON.stringify(problemOf(refusal, requestId))))
  );
}

/** RFC 6750: a request without a token is told how to come back, one with a bad token that it is bad. */
function challengeFor(reply: FastifyReply): string {
  const realm = 'Bearer realm="poolkeeper"';
  return reply.request.headers.authorization === undefined ? realm : `${realm}, error="invalid_token"`;
}

/** A whole response to a connection on which no request could be read. */
export function rawProblem(refusal: Refusal, statusLine: string): string {
  const body = JSON.stringify(problemOf(refusal, 'unread'));
  const head = [
    `HTTP/1.1 ${statusLine}`,
    `Content-Type: ${MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
