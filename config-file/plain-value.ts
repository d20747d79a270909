import type { InputFault } from '@poolkeeper/core';
import { pointerTo } from './pointer.ts';

/** Values in a file, those that aliases repeat counted each time. */
export const VALUES_MAX = 2_000_000;
/** Maps and lists within each other. */
export const DEPTH_MAX = 32;

/**
 * The first thing in a value that JSON does not have, or that goes beyond a bound: everything behind this may walk through
 * the value and send it.
 */
export function checkPlain(value: unknown): InputFault | undefined {
  const walk = { left: VALUES_MAX };
  return checkValue(walk, '', value, 0);
}

function checkValue(
  walk: { left: number },
  pointer: string,
  value: unknown,
  depth: number,
): InputFault | undefined {
  walk.left -= 1;
  if (walk.left < 0) {
    return {
      pointer,
      message: `the file has more than ${VALUES_MAX} values, aliases counted each time; write less`,
    };
  }
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value)
        ? undefined
        : { pointer, message: `${value} is no number that JSON has; use another, or text in quotes` };
    case 'object':
      break;
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      return { pointer, message: 'is no value that JSON has; use text in quotes' };
  }
  if (value === null) return undefined;
  if (depth >= DEPTH_MAX)
    return { pointer, message: `is nested more than ${DEPTH_MAX} deep; write it flatter` };
  return checkMembers(walk, pointer, value, depth);
}

function checkMembers(
  walk: { left: number },
  pointer: string,
  value: object,
  depth: number,
): InputFault | undefined {
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) {
    return { pointer, message: 'is no value that JSON has; use a map, a list or text in quotes' };
  }
  for (const [name, member] of Object.entries(value)) {
    const at = pointerTo(pointer, name);
    if (name === '__proto__') return { pointer: at, message: 'is not allowed as a name; choose another' };
    const fault = checkValue(walk, at, member, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
