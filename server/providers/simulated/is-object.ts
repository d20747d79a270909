import type { Json, JsonObject } from '@poolkeeper/core';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
