import type { InputFault, Json, JsonObject } from '@poolkeeper/core';

export function fault(pointer: string, message: string): InputFault {
  return { pointer, message };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
