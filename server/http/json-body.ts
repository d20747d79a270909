import { Refusal } from '@poolkeeper/core';
import type { FastifyRequest } from 'fastify';
import type { App } from './parts.ts';

/** JSON, and a merge patch, which a PATCH may call itself. */
const MEDIA_TYPES = ['application/json', 'application/merge-patch+json'];

/**
 * Reads bodies: JSON and nothing else. A member that would reach for the prototype of an object is refused; an empty body
 * is none.
 */
export function addJsonBody(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    MEDIA_TYPES,
    { parseAs: 'string' },
    (request: FastifyRequest, text: string, done) => {
      if (text === '') return done(null, undefined);
      void parse(request, text, (error, body) =>
        error === null ? done(null, body) : done(notJson(text), undefined),
      );
    },
  );
}

function notJson(text: string): Refusal {
  const isForbidden = text.includes('__proto__') || text.includes('constructor');
  const why = isForbidden
    ? 'or has a member named __proto__ or constructor.prototype, which is refused'
    : 'so it cannot be read';
  return new Refusal('invalid_input', `The body is not JSON, ${why}.`, {
    faults: [{ pointer: '', message: 'the body has to be JSON, as RFC 8259 has it' }],
  });
}
