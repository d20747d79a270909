import { invariant, Refusal } from '@poolkeeper/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createGate } from './gate.ts';
import type { GateInput } from './gate.ts';
import type { Metrics } from './metrics.ts';
import type { App } from './parts.ts';
import { sendProblem } from './problem.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export type GuardInput = GateInput & {
  readonly metrics: Metrics;
  /** Of dialects, which let in whom they know by themselves. */
  readonly prefixes?: readonly string[];
};

/**
 * Puts the gate in front of every route that is added from here on, and an observer behind it.
 *
 * Errors: a route that does not declare its access is a defect, and the application does not start.
 */
export function guardRoutes(app: App, input: GuardInput): void {
  const { prefixes = [] } = input;
  app.addHook('onRoute', (route) => {
    const access = prefixes.some((prefix) => isUnder(prefix, route.url)) ? 'open' : route.config?.access;
    invariant(access !== undefined, `route ${String(route.method)} ${route.url} does not declare its access`);
    const observe = input.metrics.observeRoute(String(route.method), route.url);
    route.onRequest = [createGate(input, access), ...listOf(route.onRequest)];
    route.onResponse = [
      (_request, reply, done) => {
        observe(reply.statusCode, reply.elapsedTime);
        done();
      },
      ...listOf(route.onResponse),
    ];
  });
}

/** Is it the path of the prefix, or one below it? A query may follow. */
export function isUnder(prefix: string, url: string): boolean {
  return url.startsWith(prefix) && ['', '/', '?'].includes(url.charAt(prefix.length));
}

function listOf<T>(hooks: T | T[] | undefined): T[] {
  if (hooks === undefined) return [];
  return Array.isArray(hooks) ? hooks : [hooks];
}

/** Answers what no route serves: 405 where the path has other methods, else 404. */
export function createNotFoundHandler(app: App) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = pathOf(request.url);
    const allowed = METHODS.filter((method) => app.findRoute({ method, url: path }) !== null);
    if (allowed.length === 0) {
      return sendProblem(
        reply,
        new Refusal(
          'route_not_found',
          `There is no route ${request.method} ${path.slice(0, 200)}. See /docs.`,
        ),
      );
    }
    const list = allowed.join(', ');
    reply.header('allow', list);
    return sendProblem(
      reply,
      new Refusal('method_not_allowed', `This route takes ${list}, not ${request.method}.`),
    );
  };
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
