import { poolOfUpkeep } from '@poolkeeper/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptsJson } from './accept.ts';
import type { CloudPools } from './cloud-pools.ts';
import { allowOrigin } from './cors.ts';
import { allowedMethods, findEndpoints } from './endpoint.ts';
import type { Answer, Endpoint, Exchange, Found } from './endpoint.ts';
import { answerError } from './error-document.ts';
import type { Face } from './error-document.ts';
import { errorOf, HttpRefusal, noSuchInstance } from './errors.ts';
import { originOf } from './origin.ts';
import type { Authenticate, Caller, DialectSettings } from './parts.ts';
import { ignoreJson, readObject } from './request-body.ts';
import type { Logger } from '../../logger.ts';

/** Characters of what a client sent that a message repeats. */
const QUOTED_LENGTH_MAX = 200;

export type DispatchInput = {
  readonly endpoints: readonly Endpoint[];
  readonly pools: CloudPools;
  readonly settings: DialectSettings;
  readonly authenticate: Authenticate;
  /** How the mount speaks where no path is known. */
  readonly face: Face;
  /** The pool of the root. */
  readonly pool: string | null;
  /** The path of the mount on its server; empty at the root. */
  readonly prefix: string;
  readonly logger: Logger;
};

/** What is known of a request before its body has come. */
type Admitted = { readonly caller: Caller; readonly endpoint: Endpoint | undefined; readonly found: Found };

/**
 * Serves the endpoints of one mount, with the conventions that all of them share: authentication, methods, types, bodies, and an
 * error document for whatever goes wrong.
 */
export class Dispatch {
  readonly #input: DispatchInput;
  readonly #admitted = new WeakMap<FastifyRequest, Admitted>();

  constructor(input: DispatchInput) {
    this.#input = input;
  }

  /** The first hook: refuses before a body is read what can be refused without it. */
  readonly admit = async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> => {
    const { authenticate, endpoints, settings } = this.#input;
    reply.header('x-request-id', request.id);
    requireHost(request);
    const { isPreflight } = allowOrigin(request, reply, settings.corsOrigins);
    if (isPreflight) return this.#sendEmpty(reply, {});
    const caller = await authenticate(request);
    const found = findEndpoints(endpoints, this.#pathOf(request));
    if (found === undefined) throw unknownPath(request.method, this.#pathOf(request));
    const { method } = request;
    if (method === 'OPTIONS')
      return this.#sendEmpty(reply, { headers: { allow: allowedMethods(found.endpoints) } });
    const endpoint = found.endpoints.find((known) => known.method === (method === 'HEAD' ? 'GET' : method));
    this.#admitted.set(request, { caller, endpoint, found });
    if (endpoint === undefined) throw wrongMethod(method, allowedMethods(found.endpoints));
    if (endpoint.access === 'write' && !caller.mayWrite) {
      throw new HttpRefusal(403, 'this needs the right to change cloud pools; the credentials may only read');
    }
    if (endpoint.method === 'GET' && !acceptsJson(request.headers.accept)) {
      throw new HttpRefusal(
        406,
        'the answer is application/json, which the Accept header of the request excludes',
      );
    }
    return undefined;
  };

  readonly serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { caller, endpoint, found } = this.#admitted.get(request) as Admitted & { endpoint: Endpoint };
    const { pools, settings, pool } = this.#input;
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const body = { type: request.headers['content-type'], bytes };
    if (endpoint.body === 'json' && endpoint.method === 'POST') ignoreJson(body);
    const isOfRoot = endpoint.face !== 'instance' && !endpoint.path.includes(':name');
    const name = isOfRoot ? (pool ?? '') : found.name;
    const exchange: Exchange = {
      pools,
      settings,
      caller,
      name,
      readObject: () => readObject(body),
      addressOf: (instance) => `${this.#originOf(request)}/cloudpools/${encodeURIComponent(instance)}`,
    };
    // What a caller may not see is not there for it.
    if (name !== '' && !caller.mayUse(poolOfUpkeep(name))) throw noSuchInstance(name);
    if (isOfRoot) await pools.ensure(name);
    return this.#sendAnswer(reply, await endpoint.run(exchange));
  };

  /** Answers every error of a request, those of the framework too. */
  readonly handleError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const endpoint = this.#admitted.get(request)?.endpoint;
    const asked = {
      face: endpoint?.face ?? this.#input.face,
      method: request.method,
      path: endpoint?.shown ?? this.#pathOf(request),
      requestId: request.id,
    };
    const answer = answerError(errorOf(refusalOfFramework(error) ?? error), asked);
    if (answer.isOurs) {
      this.#input.logger.error({ err: error, request: request.id, path: asked.path }, 'a request failed');
    }
    for (const [header, value] of Object.entries(answer.headers)) reply.header(header, value);
    return sendJson(reply.code(answer.status), answer.document);
  };

  /** One line for each request; bodies and queries, where clients may put what is secret, are never in it. */
  readonly log = (request: FastifyRequest, reply: FastifyReply): void => {
    const found = this.#admitted.get(request)?.found;
    this.#input.logger.info(
      {
        method: request.method,
        url: `${request.protocol}://${request.host}${pathOf(request)}`.slice(0, 2 * QUOTED_LENGTH_MAX),
        client: request.ip,
        status: reply.statusCode,
        request: request.id,
        ...(found === undefined || found.name === '' ? {} : { cloudpool: found.name }),
      },
      'cloud pool request',
    );
  };

  #pathOf(request: FastifyRequest): string {
    const inner = pathOf(request).slice(this.#input.prefix.length);
    return inner === '' ? '/' : inner;
  }

  #originOf(request: FastifyRequest): string {
    const { settings, prefix } = this.#input;
    if (settings.externalUrl !== null) return settings.externalUrl.replace(/\/+$/, '');
    return `${originOf(request)}${prefix}`;
  }

  #sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
    if (answer.body === undefined) return this.#sendEmpty(reply, answer);
    for (const [header, value] of Object.entries(answer.headers ?? {})) reply.header(header, value);
    return sendJson(reply.code(200), answer.body);
  }

  #sendEmpty(reply: FastifyReply, { status, headers = {} }: Omit<Answer, 'body'>): FastifyReply {
    for (const [header, value] of Object.entries(headers)) reply.header(header, value);
    return reply
      .code(status ?? 200)
      .header('content-length', '0')
      .send();
  }
}

/** Errors: 400 where HTTP wants one and there is none (RFC 9112, 3.2). */
function requireHost({ headers, raw }: FastifyRequest): void {
  if (headers.host !== undefined || raw.httpVersion === '1.0') return;
  throw new HttpRefusal(400, 'the request has no Host header, which HTTP/1.1 wants');
}

/** On its server, without the query, which nothing here reads. */
function pathOf({ url }: FastifyRequest): string {
  const [path = ''] = url.split('?', 1);
  return path;
}

/** As bytes: the framework would add a charset to the type of a text, which the original does not send. */
function sendJson(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(body)));
}

function unknownPath(method: string, path: string): HttpRefusal {
  return new HttpRefusal(404, `there is nothing at ${method} ${path.slice(0, QUOTED_LENGTH_MAX)}`);
}

function wrongMethod(method: string, allow: string): HttpRefusal {
  return new HttpRefusal(405, `this path takes ${allow}, not ${method}`, { allow });
}

/** What the framework refuses, in our words; undefined for what it does not. */
export function refusalOfFramework(error: unknown): HttpRefusal | undefined {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (error instanceof URIError || code === 'FST_ERR_BAD_URL')
    return new HttpRefusal(400, 'the path is not a URL; percent-encode the characters that need it');
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new HttpRefusal(413, 'the request body is too large; a configuration needs some kilobytes');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new HttpRefusal(415, 'the request body has to be of the type application/json');
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH')
    return new HttpRefusal(400, 'the request body is not as long as its Content-Length says');
  if (
    typeof code === 'string' &&
    code.startsWith('FST_ERR_') &&
    typeof statusCode === 'number' &&
    statusCode < 500
  )
    return new HttpRefusal(statusCode, (error as Error).message);
  return undefined;
}
