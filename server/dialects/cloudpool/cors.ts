import type { FastifyReply, FastifyRequest } from 'fastify';

/** How long browsers may remember the answer to a preflight, in seconds. */
const PREFLIGHT_SECONDS = 1_800;

/**
 * Tells a browser that a page of an allowed origin may read the answer. Answers whether the request was a preflight: it is to be
 * answered at once then, before anybody asks who sends it, since browsers send no credentials with it.
 */
export function allowOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  origins: readonly string[],
): { readonly isPreflight: boolean } {
  if (origins.length === 0) return { isPreflight: false };
  const { origin } = request.headers;
  reply.header('vary', 'Origin');
  if (origin === undefined || !origins.includes(origin)) return { isPreflight: false };
  reply.header('access-control-allow-origin', origin);
  reply.header('access-control-allow-credentials', 'true');
  const isPreflight =
    request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (isPreflight) {
    reply.header('access-control-max-age', String(PREFLIGHT_SECONDS));
    reply.header('access-control-allow-methods', 'GET,PUT,POST,HEAD,DELETE,OPTIONS');
    reply.header('access-control-allow-headers', 'X-Requested-With,Content-Type,Accept,Origin');
  }
  return { isPreflight };
}
