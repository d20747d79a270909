import type { Json, JsonObject } from '@poolkeeper/core';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What lies at a path such as `next.href`; undefined where nothing does. An empty path is the value itself. */
export function at(value: Json | undefined, path: string): Json | undefined {
  if (path === '') return value;
  let found = value;
  for (const name of path.split('.')) found = isObject(found) ? found[name] : undefined;
  return found;
}

/** The text or number that lies at a path, as text; undefined where there is neither, or nothing in it. */
export function textAt(value: Json | undefined, path: string): string | undefined {
  const found = at(value, path);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' && found !== '' ? found : undefined;
}
