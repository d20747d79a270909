import type { Json, JsonObject } from '@poolkeeper/core';
import { isObject, textAt } from '../json.ts';

/** What places in paths stand for, and what the list says of the thing. */
export type Values = Readonly<Record<string, string | undefined>>;

const PLACE = /\{([A-Za-z0-9_.]+)\}/g;

/** A path with its places filled in; undefined where one stands for nothing. */
export function fillPath(path: string, values: Values, said: Json = null): string | undefined {
  return fill(path, values, said, encodeURIComponent);
}

export function fillText(text: string, values: Values, said: Json = null): string | undefined {
  return fill(text, values, said, (value) => value);
}

export function fillTexts(
  texts: Readonly<Record<string, string>>,
  values: Values,
  said: Json = null,
): Record<string, string> {
  const filled: Record<string, string> = {};
  for (const [name, text] of Object.entries(texts)) {
    const value = fillText(text, values, said);
    if (value !== undefined) filled[name] = value;
  }
  return filled;
}

/** A body with the places in its texts filled in. */
export function fillBody(body: JsonObject, values: Values, said: Json): JsonObject {
  const one = (value: Json): Json => {
    if (typeof value === 'string') return fillText(value, values, said) ?? '';
    if (Array.isArray(value)) return (value as readonly Json[]).map(one);
    return isObject(value) ? fillBody(value, values, said) : value;
  };
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, one(value as Json)]));
}

function fill(
  text: string,
  values: Values,
  said: Json,
  encode: (value: string) => string,
): string | undefined {
  let isWhole = true;
  const filled = text.replaceAll(PLACE, (_all, name: string) => {
    const value = values[name] ?? textAt(said, name);
    isWhole &&= value !== undefined;
    return encode(value ?? '');
  });
  return isWhole ? filled : undefined;
}
