import type { Json, JsonObject } from '@poolkeeper/core';

/** Checks of members that drivers of real clouds share, in the words of the original. */

export function isText(value: Json): value is string {
  return typeof value === 'string';
}

export function isTexts(value: Json): boolean {
  return Array.isArray(value) && value.every((item: Json) => typeof item === 'string');
}

export function isFlag(value: Json): boolean {
  return typeof value === 'boolean';
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Is it a text in base64, padded? */
export function isBase64(value: Json): boolean {
  return isText(value) && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

/** What is wrong with a text that has to be there. */
export function requiredText(from: JsonObject, name: string): string[] {
  const value = from[name] ?? null;
  if (value === null || value === '') return [`missing ${name}`];
  return isText(value) ? [] : [`${name}: must be a text`];
}

/** What is wrong with a member that may be left out; `reason` says what it has to be. */
export function optional(
  from: JsonObject,
  name: string,
  isGood: (value: Json) => boolean,
  reason: string,
): string[] {
  const value = from[name] ?? null;
  return value === null || isGood(value) ? [] : [`${name}: ${reason}`];
}

/** What is wrong with a time limit in milliseconds that may be left out. */
export function timeout(value: Json, name: string): string[] {
  if (value === null) return [];
  if (typeof value !== 'number' || !Number.isInteger(value)) return [`${name}: must be a whole number of ms`];
  return value > 0 ? [] : [`${name} must be positive`];
}
