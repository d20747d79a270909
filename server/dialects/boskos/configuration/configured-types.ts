import { FREE_STAGE } from '@poolkeeper/core';
import type { ConfiguredType, DynamicSpec } from '@poolkeeper/core';
import type { ResourceEntry } from './configuration.ts';
import { poolOfType } from './pool-of-type.ts';

/** What we add to every type of a configuration. Durations are milliseconds. */
export type TypeOptions = {
  /** How long a holder may be silent; null: somebody else watches. */
  readonly silenceMs: number | null;
  readonly isRepeatable: boolean;
};

/**
 * The pools that a configuration means, in the order of its types.
 *
 * Shape: entries of one type are one pool: their names come together, each with the state of its own entry. A type with names has no members
 * that come and go by themselves, whatever another entry of it says; of two that have no names the last one counts.
 */
export function configuredTypes(entries: readonly ResourceEntry[], options: TypeOptions): ConfiguredType[] {
  const byType = Map.groupBy(entries, ({ type }) => type);
  return [...byType.values()].map((same) => {
    const named = same.filter(({ names }) => names.length > 0);
    return named.length === 0 ? dynamicType(same, options) : staticType(named, options);
  });
}

function dynamicType(same: readonly ResourceEntry[], options: TypeOptions): ConfiguredType {
  const last = same.at(-1) as ResourceEntry;
  return { ...typeOf(last, options), names: [], dynamic: dynamicOf(last) };
}

function staticType(named: readonly ResourceEntry[], options: TypeOptions): ConfiguredType {
  const [first] = named as readonly [ResourceEntry, ...ResourceEntry[]];
  const initialOf = named
    .filter((entry) => initialState(entry) !== initialState(first))
    .flatMap((entry) => entry.names.map((name) => [name, initialState(entry)] as const));
  return {
    ...typeOf(first, options),
    names: named.flatMap(({ names }) => names),
    ...(initialOf.length === 0 ? {} : { initialOf: Object.fromEntries(initialOf) }),
  };
}

function typeOf(
  entry: ResourceEntry,
  { silenceMs, isRepeatable }: TypeOptions,
): Omit<ConfiguredType, 'names' | 'dynamic'> {
  const { type } = entry;
  return {
    pool: poolOfType(type),
    type,
    initial: initialState(entry),
    ...(silenceMs === null ? {} : { silenceMs }),
    ...(isRepeatable ? { isRepeatable } : {}),
  };
}

function initialState({ state }: ResourceEntry): string {
  return state === '' ? FREE_STAGE : state;
}

function dynamicOf({ minCount, maxCount, lifespanMs, needs, config }: ResourceEntry): DynamicSpec {
  return { min: Math.max(0, minCount), max: maxCount, lifespanMs, needs, content: config };
}
