import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, Asked } from './asked.ts';
import { AcctpoolError, errorOf, notAuthorized } from './errors.ts';
import type { AcctpoolParts } from './parts.ts';
import { betterPath, findPlace } from './path.ts';
import type { Place } from './path.ts';
import { cancelReservation } from './routes/cancel-reservation.ts';
import { createReservation } from './routes/create-reservation.ts';
import { showReservation } from './routes/show-reservation.ts';
import { viewStatistics } from './statistics.ts';

/** Characters of an address that the log repeats. */
const LOGGED_LENGTH_MAX = 400;
/** Seconds after which a client that came at a bad time may come again. */
const RETRY_AFTER = '2';
const SCHEME = 'bearer ';

type Shown = { readonly token: string | null; readonly isByHeader: boolean };

/**
 * Serves requests with the ways of the original's router: slashes, methods, and a token without which its routes are not there. One
 * handler takes them all, since no framework has the same ways.
 */
export class Dispatch {
  readonly #parts: AcctpoolParts;

  constructor(parts: AcctpoolParts) {
    this.#parts = parts;
  }

  readonly serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { path, search, query } = partsOf(request.url);
    const better = betterPath(path);
    if (better !== undefined) return sendEmpty(reply.header('location', `${better}${search}`), 301);
    const place = findPlace(path);
    const shown = shownToken(request, query);
    if (place === undefined) return sendUnknownPath(reply);
    if (!place.methods.includes(request.method)) {
      if (place.isTokenNeeded && shown.token === null) return sendUnknownPath(reply);
      return sendEmpty(reply.header('allow', place.methods.join(', ')), 405);
    }
    if (place.kind === 'statistics') return this.#sendStatistics(reply);
    const token = shown.token ?? '';
    const consumer = this.#parts.tokens.find(token);
    if (consumer === undefined) throw notAuthorized();
    const asked = { consumer, token, isByHeader: shown.isByHeader, query, id: place.id };
    return sendAnswer(reply, await this.#run(place, request.method, asked));
  };

  /** Answers every error of a request, those of the framework too. */
  readonly handleError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const known = errorOf(error);
    if (known instanceof AcctpoolError) {
      if (known.status === 503) reply.header('retry-after', RETRY_AFTER);
      return sendJson(reply.code(known.status), { error: known.message });
    }
    const { statusCode } = (error ?? {}) as { statusCode?: unknown };
    if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
      return sendJson(reply.code(statusCode), { error: 'The request could not be read.' });
    this.#parts.logger.error({ err: error, request: request.id }, 'a request failed');
    return sendJson(reply.code(500), {
      error: `Something went wrong here; the log has it as ${request.id}.`,
    });
  };

  /** One line for each request. Whatever a client sends as its token is not in it. */
  readonly log = (request: FastifyRequest, reply: FastifyReply): void => {
    this.#parts.logger.info(
      {
        method: request.method,
        url: maskToken(request.url).slice(0, LOGGED_LENGTH_MAX),
        client: request.ip,
        status: reply.statusCode,
        request: request.id,
      },
      'account pool request',
    );
  };

  #run({ kind }: Place, method: string, asked: Asked): Promise<Answer> {
    if (kind === 'reservations') return createReservation(this.#parts, asked);
    if (method === 'DELETE') return cancelReservation(this.#parts, asked);
    return showReservation(this.#parts, asked);
  }

  async #sendStatistics(reply: FastifyReply): Promise<FastifyReply> {
    const { keeper } = this.#parts;
    const body = await keeper.read((world) => viewStatistics(world, this.#parts, keeper.now()));
    return sendAnswer(reply, { status: 200, body, headers: { 'cache-control': 'no-store' } });
  }
}

function partsOf(url: string): { path: string; search: string; query: URLSearchParams } {
  const at = url.indexOf('?');
  const path = at === -1 ? url : url.slice(0, at);
  const search = at === -1 ? '' : url.slice(at);
  return { path, search, query: new URLSearchParams(search) };
}

/** A bearer counts before the query: who sends both means the one that is in no log. */
function shownToken({ headers: { authorization } }: FastifyRequest, query: URLSearchParams): Shown {
  if (authorization?.slice(0, SCHEME.length).toLowerCase() === SCHEME)
    return { token: authorization.slice(SCHEME.length).trim(), isByHeader: true };
  return { token: query.get('token'), isByHeader: false };
}

/** Also where a client writes it wrongly, as `/reservations&token=…` or behind a semicolon. */
const STRAY_TOKEN = /(token[^=]{0,20}=).*/is;

function maskToken(url: string): string {
  const { path: said, search, query } = partsOf(url);
  const path = said.replace(STRAY_TOKEN, '$1***');
  if (search.length <= 1) return `${path}${search}`;
  const shown = [...query].map(([name, value]) => {
    const isToken = name.toLowerCase().includes('token');
    const bare = value.replace(STRAY_TOKEN, '$1***');
    return `${encodeURIComponent(name)}=${isToken ? '***' : encodeURIComponent(bare)}`;
  });
  return `${path}?${shown.join('&')}`;
}

function sendAnswer(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  return body === undefined ? sendEmpty(reply, status) : sendJson(reply.code(status), body);
}

/** Compact, with a line break at its end, as Go's encoder writes it; as bytes, since the framework would add a charset. */
function sendJson(reply: FastifyReply, body: object): FastifyReply {
  return reply.header('content-type', 'application/json').send(Buffer.from(`${JSON.stringify(body)}\n`));
}

function sendEmpty(reply: FastifyReply, status: number): FastifyReply {
  if (status !== 204) reply.header('content-length', '0');
  return reply.code(status).send();
}

/** What Go's router says where nothing is. */
function sendUnknownPath(reply: FastifyReply): FastifyReply {
  return reply
    .code(404)
    .header('content-type', 'text/plain; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .send('404 page not found\n');
}
