import type { Json, JsonObject } from '@poolkeeper/core';
import { isWithinDepth } from '../../../schemas/depth.ts';
import { addMistyped, addProblem, isGiven, isObject } from './reading.ts';
import type { Reading } from './reading.ts';

/** Bounds of what a driver is given: bytes as JSON, and how deep it is nested. */
const DRIVER_BYTES_MAX = 64 * 1_024;
const DRIVER_DEPTH_MAX = 16;

/** An object that is a driver's own: all of it is kept and echoed, but members of objects that are null. */
export function readDriverObject(root: Reading, name: string): JsonObject | undefined {
  if (!isGiven(root, name)) return undefined;
  const value = root.members[name] as Json;
  if (!isObject(value)) return addMistyped(root, name, 'an object');
  if (!isWithinDepth(value, DRIVER_DEPTH_MAX))
    return addProblem(root, `${name}: may be nested ${DRIVER_DEPTH_MAX} deep`);
  if (Buffer.byteLength(JSON.stringify(value)) > DRIVER_BYTES_MAX)
    return addProblem(root, `${name}: may have ${DRIVER_BYTES_MAX} bytes as JSON`);
  const kept = withoutNulls(value) as JsonObject;
  root.echo[name] = kept;
  return kept;
}

/** The same without members of objects that are null; what is null in a list has its place there and stays. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutNulls);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]));
}
