import { Refusal } from '@poolkeeper/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from './access.ts';
import { cleanPath } from '../clean-path.ts';
import { NOTHING } from './endpoint.ts';
import type { Answer, Endpoint } from './endpoint.ts';
import { BoskosError, wrongMethod } from './errors.ts';
import type { BoskosParts } from './parts.ts';
import { parseQuery } from './query.ts';
import type { Query } from './query.ts';
import { ENDPOINTS } from './routes/all.ts';
import { TypePools } from './type-pools.ts';
import { WaitingLines } from './waiting-lines.ts';

/** How a path is counted that is none of an endpoint. */
const UNMATCHED = 'unmatched';
const CHALLENGE = 'Basic realm="boskos"';
const BY_PATH: ReadonlyMap<string, Endpoint> = new Map(
  ENDPOINTS.map((endpoint) => [endpoint.path, endpoint]),
);

type Target = { readonly path: string; readonly query: string };

/**
 * Answers every request: the path says which endpoint, the method comes before the parameters, and every path that is none of an
 * endpoint is 200 with nothing in it, as the original has it.
 */
export class Dispatch implements Disposable {
  readonly #parts: BoskosParts;
  readonly #types: TypePools;
  readonly #lines: WaitingLines;

  constructor(parts: BoskosParts) {
    this.#parts = parts;
    this.#types = new TypePools(parts.keeper);
    this.#lines = new WaitingLines(parts.keeper, parts.timers);
  }

  /** The only hook: bodies are read by whoever wants one, whatever their type. */
  readonly serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const startedAt = this.#parts.elapsed.now();
    const target = targetOf(request.originalUrl);
    const clean = cleanPath(target.path);
    const isClean = clean === target.path;
    const endpoint = isClean ? findEndpoint(clean) : undefined;
    reply.raw.once('close', () => this.#observe(request, reply, { endpoint, startedAt }));
    if (!isClean) return redirect(request, reply, { path: clean, query: target.query });
    if (endpoint === undefined) return sendAnswer(reply, NOTHING);
    const query = parseQuery(target.query);
    try {
      return sendAnswer(reply, await this.#run(endpoint, query, request, reply));
    } catch (error) {
      return this.#sendError(reply, error, endpoint.prefix(query));
    }
  };

  /** Lets everybody who waits be answered with what is. */
  closeLines(): void {
    this.#lines[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.closeLines();
    this.#types[Symbol.dispose]();
  }

  #run(endpoint: Endpoint, query: Query, request: FastifyRequest, reply: FastifyReply): Promise<Answer> {
    const caller = this.#admit(endpoint, request, reply);
    if (request.method !== endpoint.method) throw wrongMethod(endpoint.refuseMethod(request.method));
    return endpoint.run({
      ...this.#parts,
      caller,
      query,
      types: this.#types,
      lines: this.#lines,
      request: request.raw,
      response: reply.raw,
    });
  }

  #admit(endpoint: Endpoint, { headers }: FastifyRequest, reply: FastifyReply): Caller {
    const { authenticate, settings } = this.#parts;
    const caller = authenticate(headers);
    if (caller === undefined) {
      if (settings.isChallenging) reply.header('www-authenticate', CHALLENGE);
      throw new BoskosError(
        settings.isChallenging ? 401 : 403,
        'These credentials are not let in: send the user name and the password that this server knows, by basic authentication.',
      );
    }
    if (!endpoint.isReading && !caller.mayWrite)
      throw new BoskosError(
        403,
        'This needs the right to change resources; these credentials may only read.',
      );
    return caller;
  }

  #sendError(reply: FastifyReply, error: unknown, prefix: string): FastifyReply {
    const { status, message } = refusalOf(error, prefix);
    if (status >= 500)
      this.#parts.logger.error({ err: error, request: reply.request.id }, 'a Boskos request failed');
    return reply
      .code(status)
      .header('content-type', 'text/plain; charset=utf-8')
      .header('x-content-type-options', 'nosniff')
      .send(Buffer.from(`${message}\n`));
  }

  #observe(
    request: FastifyRequest,
    reply: FastifyReply,
    { endpoint, startedAt }: { endpoint: Endpoint | undefined; startedAt: number },
  ): void {
    const { metrics, elapsed, logger } = this.#parts;
    const served = {
      path: endpoint?.path ?? UNMATCHED,
      method: request.method,
      status: reply.statusCode,
      durationMs: elapsed.now() - startedAt,
    };
    metrics.observeRequest({
      ...served,
      userAgent: request.headers['user-agent'] ?? '',
      bytes: request.method === 'HEAD' ? 0 : Number(reply.getHeader('content-length') ?? 0),
    });
    // Queries are left out: clients may put anything into them.
    logger.debug({ ...served, client: request.ip, request: request.id }, 'Boskos request');
  }
}

/** Of a request line, also of one that names the whole address as to a proxy. */
function targetOf(url: string): Target {
  const mark = url.indexOf('?');
  const [address, query] = mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
  const path = address.startsWith('/') ? address : address.replace(/^https?:\/\/[^/]*/i, '');
  return { path: path === '' ? '/' : path, query };
}

function findEndpoint(path: string): Endpoint | undefined {
  const found = BY_PATH.get(path);
  if (found !== undefined || !path.includes('%')) return found;
  try {
    return BY_PATH.get(decodeURIComponent(path));
  } catch {
    return undefined;
  }
}

/** The page of the redirection is for those who asked with GET, as Go does it. */
function redirect({ method }: FastifyRequest, reply: FastifyReply, { path, query }: Target): FastifyReply {
  const location = query === '' ? path : `${path}?${query}`;
  reply.code(301).header('location', location);
  if (method !== 'GET' && method !== 'HEAD') return reply.header('content-length', '0').send();
  const page = `<a href="${escapeHtml(location)}">Moved Permanently</a>.\n\n`;
  return reply.header('content-type', 'text/html; charset=utf-8').send(Buffer.from(page));
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ESCAPES[character] as string);
}

function sendAnswer(reply: FastifyReply, { body, headers = {} }: Answer): FastifyReply {
  reply.code(200);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  if (body === '') return reply.header('content-length', '0').send();
  return reply.header('content-type', 'application/json').send(Buffer.from(body));
}

/** What a refusal is to clients: 401 and 409 mean something else to them than a refusal of the core does. */
function refusalOf(error: unknown, prefix: string): { status: number; message: string } {
  if (error instanceof BoskosError) return error;
  if (!(error instanceof Refusal))
    return { status: 500, message: `${prefix}an error of ours; the log of the server says more` };
  const message = `${prefix}${error.message}`;
  if (error.kind === 'invalid') return { status: 400, message };
  if (error.kind === 'limited' || error.kind === 'exhausted') return { status: 429, message };
  return { status: 500, message };
}
