import type { InputFault, Json, JsonObject } from '@poolkeeper/core';

/** An entry of a list that has a name, and its place in the list. The shape of the rest may be wrong. */
type Entry = { readonly index: number; readonly name: string; readonly members: JsonObject };

/**
 * What is wrong between the members of a configuration: names that are there twice.
 *
 * What has another shape than it should is passed over: `checkShape` speaks of it.
 */
export function checkNames(file: Json): InputFault[] {
  const pools = entriesOf(file, 'pools');
  const workflows = entriesOf(file, 'workflows');
  return [
    ...repeatedNames('/providers', 'provider', entriesOf(file, 'providers')),
    ...repeatedNames('/workflows', 'workflow', workflows),
    ...workflows.flatMap(({ index, members }) =>
      repeatedNames(`/workflows/${index}/steps`, 'step', entriesOf(members, 'steps')),
    ),
    ...repeatedNames('/profiles', 'profile', entriesOf(file, 'profiles')),
    ...repeatedNames('/pools', 'pool', pools),
    ...pools.flatMap(({ index, members }) =>
      repeatedNames(`/pools/${index}/resources`, 'resource', entriesOf(members, 'resources')),
    ),
  ];
}

function entriesOf(value: Json, member: string): Entry[] {
  const list = isObject(value) ? value[member] : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((members: Json, index) => {
    const name = isObject(members) ? members['name'] : undefined;
    return isObject(members) && typeof name === 'string' ? [{ index, name, members }] : [];
  });
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first of two may stand in another file, so it is told by its name alone. */
function repeatedNames(pointer: string, what: string, entries: readonly Entry[]): InputFault[] {
  const known = new Set<string>();
  return entries.flatMap(({ name, index }) => {
    if (!known.has(name)) {
      known.add(name);
      return [];
    }
    const message = `there is a ${what} ${JSON.stringify(name)} already; choose another name, or keep one of the two`;
    return [{ pointer: `${pointer}/${index}/name`, message }];
  });
}
