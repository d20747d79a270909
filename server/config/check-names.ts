import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { nearName } from './near-name.ts';

/** An entry of a list that has a name, and its place in the list. The shape of the rest may be wrong. */
type Entry = { readonly index: number; readonly name: string; readonly members: JsonObject };

/**
 * What is wrong between the members of a file: names that are there twice, and names that lead nowhere.
 *
 * What has another shape than it should is passed over: `checkShape` speaks of it.
 */
export function checkNames(file: Json): InputFault[] {
  const providers = entriesOf(file, 'providers');
  const pools = entriesOf(file, 'pools');
  return [
    ...repeatedNames('/providers', 'provider', providers),
    ...repeatedNames('/pools', 'pool', pools),
    ...pools.flatMap(({ index, members }) =>
      repeatedNames(`/pools/${index}/resources`, 'resource', entriesOf(members, 'resources')),
    ),
    ...unknownProviders(
      pools,
      providers.map(({ name }) => name),
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

function repeatedNames(pointer: string, what: string, entries: readonly Entry[]): InputFault[] {
  const first = new Map<string, number>();
  return entries.flatMap(({ name, index }) => {
    const before = first.get(name);
    if (before === undefined) {
      first.set(name, index);
      return [];
    }
    const place = `${pointer.slice(pointer.lastIndexOf('/') + 1)}[${before}]`;
    const message = `there is a ${what} ${JSON.stringify(name)} already (${place}); choose another name`;
    return [{ pointer: `${pointer}/${index}/name`, message }];
  });
}

function unknownProviders(pools: readonly Entry[], known: readonly string[]): InputFault[] {
  return pools.flatMap(({ index, members }) => {
    const { provider } = members;
    if (typeof provider !== 'string' || known.includes(provider)) return [];
    const near = nearName(provider, known);
    const guess = near === undefined ? ';' : `; did you mean "${near}"?`;
    const list = known.length === 0 ? 'none: add it to providers' : known.join(', ');
    const message = `there is no provider ${JSON.stringify(provider)}${guess} allowed values are ${list}`;
    return [{ pointer: `/pools/${index}/provider`, message }];
  });
}
