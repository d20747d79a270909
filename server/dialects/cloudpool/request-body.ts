import type { Json, JsonObject } from '@poolkeeper/core';
import { isWithinDepth } from '../../schemas/depth.ts';
import { CloudPoolError, HttpRefusal } from './errors.ts';

/** Maps and lists within each other; a configuration needs a handful. */
const BODY_DEPTH_MAX = 64;

/** A body as it came. `type`: its `Content-Type`, undefined where there was none. */
export type RawBody = { readonly type: string | undefined; readonly bytes: Uint8Array };

/**
 * Reads a JSON object. What stands beside `application/json` in the type, such as a charset, is of no matter.
 *
 * Errors: 415 for another type, or for a body without one; `invalid` for what is missing, no JSON, or no object.
 */
export function readObject(body: RawBody): JsonObject {
  if (body.type !== undefined) requireJsonType(body.type);
  else if (body.bytes.length > 0) throw unsupported('none');
  if (body.bytes.length === 0) {
    throw new CloudPoolError('invalid', 'the request has no body; send a JSON object');
  }
  const json = parse(body.bytes);
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new CloudPoolError('invalid', 'the request body has to be a JSON object');
  }
  return json as JsonObject;
}

/** Lets a body pass that is not read: nothing, or JSON of any kind. Errors: 415. */
export function ignoreJson({ type, bytes }: RawBody): void {
  if (bytes.length === 0) return;
  if (type === undefined) throw unsupported('none');
  requireJsonType(type);
}

function requireJsonType(type: string): void {
  const [media = ''] = type.split(';', 1);
  if (media.trim().toLowerCase() !== 'application/json') throw unsupported(media.trim().slice(0, 100));
}

function unsupported(type: string): HttpRefusal {
  return new HttpRefusal(
    415,
    `the request body has to be of the type application/json; the type sent: ${type}`,
  );
}

function parse(bytes: Uint8Array): Json {
  let json: Json;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    json = JSON.parse(text, refuseProto) as Json;
  } catch (error) {
    if (error instanceof CloudPoolError) throw error;
    // It calls itself for each level, and there is no room for that many.
    if (error instanceof RangeError) throw tooDeep();
    // The parser's own message quotes the body, which may hold credentials.
    const place = /line \d+ column \d+/.exec((error as Error).message)?.[0];
    const where = place === undefined ? '' : ` (${place})`;
    throw new CloudPoolError('invalid', `the request body is not JSON as RFC 8259 has it${where}`);
  }
  if (!isWithinDepth(json, BODY_DEPTH_MAX)) throw tooDeep();
  return json;
}

function tooDeep(): CloudPoolError {
  return new CloudPoolError('invalid', `the request body may be nested ${BODY_DEPTH_MAX} deep`);
}

/** A member of this name would reach for the prototype of whatever it is copied into. */
function refuseProto(name: string, value: unknown): unknown {
  if (name === '__proto__') throw new CloudPoolError('invalid', 'a member named __proto__ is refused');
  return value;
}
