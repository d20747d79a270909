import { canonicalJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { MemberChange } from './plan.ts';

/** Member changes that one entry of a plan names; a larger difference is told as a whole. */
const CHANGES_MAX = 50;

/**
 * The members in which two documents differ, as deep as both have maps; lists are compared as a whole.
 *
 * Shape: in the order of their paths; a document that differs in more than `CHANGES_MAX` members is told by its own members.
 */
export function memberChanges(before: JsonObject, after: JsonObject): MemberChange[] {
  const deep = compare('', before, after);
  return deep.length <= CHANGES_MAX ? deep : compareFlat(before, after);
}

function compare(path: string, before: JsonObject, after: JsonObject): MemberChange[] {
  return namesOf(before, after).flatMap((name) => {
    const member = path === '' ? name : `${path}.${name}`;
    const [was, is] = [memberOf(before, name), memberOf(after, name)];
    if (isMap(was) && isMap(is)) return compare(member, was, is);
    return isEqual(was, is) ? [] : [{ member, before: was, after: is }];
  });
}

function compareFlat(before: JsonObject, after: JsonObject): MemberChange[] {
  return namesOf(before, after)
    .map((name) => ({ member: name, before: memberOf(before, name), after: memberOf(after, name) }))
    .filter((change) => !isEqual(change.before, change.after));
}

/** A label may be called `constructor`, which every object has something of. */
function memberOf(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function namesOf(before: JsonObject, after: JsonObject): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b || a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}
