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
 * Entries of one type are one pool. Where they differ, the last one that says it counts, as in the original.
 */
export function configuredTypes(entries: readonly ResourceEntry[], options: TypeOptions): ConfiguredType[] {
  const types = new Map<string, ConfiguredType>();
  for (const entry of entries) {
    const before = types.get(entry.type);
    types.set(entry.type, { ...typeOf(entry, options), ...joined(entry, before) });
  }
  return [...types.values()];
}

function typeOf(entry: ResourceEntry, { silenceMs, isRepeatable }: TypeOptions): ConfiguredType {
  const { type, state, names } = entry;
  return {
    pool: poolOfType(type),
    type,
    initial: state === '' ? FREE_STAGE : state,
    names,
    ...(names.length > 0 ? {} : { dynamic: dynamicOf(entry) }),
    ...(silenceMs === null ? {} : { silenceMs }),
    ...(isRepeatable ? { isRepeatable } : {}),
  };
}

function joined(
  { names }: ResourceEntry,
  before: ConfiguredType | undefined,
): Partial<Pick<ConfiguredType, 'names' | 'dynamic'>> {
  if (before === undefined) return {};
  const { dynamic } = before;
  return {
    names: [...before.names, ...names],
    ...(names.length > 0 && dynamic !== undefined ? { dynamic } : {}),
  };
}

function dynamicOf({ minCount, maxCount, lifespanMs, needs, config }: ResourceEntry): DynamicSpec {
  return { min: Math.max(0, minCount), max: maxCount, lifespanMs, needs, content: config };
}
