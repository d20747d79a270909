import type { Json, JsonObject } from './json.ts';

/**
 * The document with another text at a place (RFC 6901); undefined where it has no such place. Nothing of the one that was given
 * changes.
 */
export function replaceAt(document: Json, pointer: string, text: string): Json | undefined {
  const [, ...parts] = pointer.split('/');
  return put(
    document,
    parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
    text,
  );
}

function put(document: Json, [first, ...rest]: readonly string[], text: string): Json | undefined {
  if (first === undefined) return text;
  if (typeof document !== 'object' || document === null || !Object.hasOwn(document, first)) return undefined;
  if (Array.isArray(document) && !/^\d+$/.test(first)) return undefined;
  const members = document as JsonObject;
  const changed = put(members[first] as Json, rest, text);
  if (changed === undefined) return undefined;
  if (!Array.isArray(document)) return { ...members, [first]: changed };
  return (document as readonly Json[]).map((one, index) => (String(index) === first ? changed : one));
}
