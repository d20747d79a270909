import { Refusal } from '@poolkeeper/core';
import type { Json } from '@poolkeeper/core';
import type { FastifyRequest } from 'fastify';
import { isWithinDepth } from '../schemas/depth.ts';
import { keepBody } from './hand-on.ts';
import type { App } from './parts.ts';

/** Maps and lists within each other. More than any request needs, and few enough to be walked through by calls within calls. */
const BODY_DEPTH_MAX = 64;

/** JSON, and a merge patch, which a PATCH may call itself. */
const MEDIA_TYPES = ['application/json', 'application/merge-patch+json'];

/**
 * Reads bodies: JSON and nothing else. A member that would reach for the prototype of an object is refused; an empty body
 * is none. One that is nested too deeply is refused before anything walks through it.
 */
export function addJsonBody(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    MEDIA_TYPES,
    { parseAs: 'string' },
    (request: FastifyRequest, text: string, done) => {
      keepBody(request.raw, text);
      if (text === '') return done(null, undefined);
      void parse(request, text, (error, body) =>
        error === null ? done(refusalOf(body as Json), body) : done(notJson(text), undefined),
      );
    },
  );
}

function refusalOf(body: Json): Refusal | null {
  if (isWithinDepth(body, BODY_DEPTH_MAX)) return null;
  const message = `the body may be nested ${BODY_DEPTH_MAX} deep`;
  return new Refusal('invalid_input', `${message}.`, { faults: [{ pointer: '', message }] });
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
