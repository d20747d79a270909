import { Refusal } from '@poolkeeper/core';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Duplex } from 'node:stream';
import { HandedOn, handOn } from './hand-on.ts';
import { rawProblem, sendProblem } from './problem.ts';

/** What the framework refuses, in our words. Any other error is a defect of ours. */
const FRAMEWORK_REFUSALS: Readonly<Record<string, (bodyLimit: number) => Refusal>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (bodyLimit) =>
    new Refusal('body_too_large', `The body may have ${bodyLimit} bytes. Send less; split the request.`),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new Refusal('unsupported_media_type', 'Send a JSON body, with Content-Type: application/json.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new Refusal('invalid_input', 'The body is not as long as its Content-Length says. Send the whole body.'),
  FST_ERR_BAD_URL: () =>
    new Refusal('invalid_input', 'The path is not a URL. Percent-encode the characters that need it.'),
  FST_ERR_MAX_PARAM_LENGTH: () =>
    new Refusal('url_too_long', 'A part of the path is too long. Names and ids are short.'),
};

/** Connection errors that come before a request could be read, with the status line of the answer. */
const UNREAD: Readonly<Record<string, [Refusal, string]>> = {
  HPE_HEADER_OVERFLOW: [
    new Refusal('url_too_long', 'The address and headers are longer than 16 KiB together. Send less.'),
    '431 Request Header Fields Too Large',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    new Refusal('invalid_input', 'The request did not arrive in time. Send it again.'),
    '408 Request Timeout',
  ],
};
const UNREADABLE: [Refusal, string] = [
  new Refusal('invalid_input', 'This is not an HTTP/1.1 request. Compare it with RFC 9112.'),
  '400 Bad Request',
];

/** What a request is refused with when the world was given to another replica while it was under way. */
const PASSED_ON: ReadonlySet<string> = new Set(['stopping', 'store_unavailable', 'outcome_unknown']);

/** The refusal behind an error; undefined when it is a defect. */
function refusalOf(error: unknown, bodyLimit: number): Refusal | undefined {
  if (error instanceof Refusal) return error;
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  const known = code === undefined ? undefined : FRAMEWORK_REFUSALS[code];
  if (known !== undefined) return known(bodyLimit);
  if (statusCode === 400)
    return new Refusal('invalid_input', 'The request could not be read to its end.', { cause: error });
  return undefined;
}

/** Answers every error as a problem. What is not a refusal is logged with its stack, and told to nobody. */
export function createErrorHandler(bodyLimit: number) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof HandedOn) return reply.hijack();
    const refusal = refusalOf(error, bodyLimit);
    if (refusal !== undefined) {
      if (PASSED_ON.has(refusal.code) && handOn(reply.raw)) return reply.hijack();
      request.log.debug({ code: refusal.code, detail: refusal.message }, 'refused');
      return sendProblem(reply, refusal);
    }
    request.log.error(
      { err: error, method: request.method, route: request.routeOptions.url ?? null },
      'a request failed',
    );
    return sendProblem(
      reply,
      new Refusal(
        'internal',
        'An error of ours. The log has it under the id of the request, which is "instance" here.',
      ),
    );
  };
}

/** Answers a connection that sent no request that could be read. */
export function answerUnreadable(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const [refusal, statusLine] = UNREAD[error.code ?? ''] ?? UNREADABLE;
  socket.end(rawProblem(refusal, statusLine));
}
