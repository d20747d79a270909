import { Refusal } from '@poolkeeper/core';
import type { ConfiguredPool, InputFault, Json, JsonObject } from '@poolkeeper/core';
import type { ConfigurationInput, PoolEntry, ResourceEntry } from './configuration.ts';
import { checkNames } from './check-names.ts';
import { poolSpecOf } from './pool-spec.ts';

/** A provider as a configuration says it: its name, its driver, and the driver's options beside them. */
export type ConfiguredProvider = { readonly name: string; readonly driver: string } & JsonObject;

/** A configuration whose shape was checked, as the rooms behind it want it. */
export type ConfigurationSpec = {
  readonly providers: readonly ConfiguredProvider[];
  readonly pools: readonly ConfiguredPool[];
};

/**
 * Turns a configuration of the right shape into providers and pools of the core; defaults are the core's.
 *
 * Errors: `invalid_input` with every member that its shape let through and that means nothing, such as half a size, or a name
 * that is there twice.
 */
export function configurationSpecOf(input: ConfigurationInput): ConfigurationSpec {
  const { providers = [], pools = [] } = input;
  const faults: InputFault[] = checkNames(input as Json);
  const specs = pools.flatMap((pool, index) => {
    try {
      return [toPool(pool)];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      faults.push(
        ...error.faults.map(({ pointer, message }) => ({ pointer: `/pools/${index}${pointer}`, message })),
      );
      return [];
    }
  });
  const [first] = faults;
  if (first !== undefined) throw new Refusal('invalid_input', `${first.message}.`, { faults });
  return { providers: providers as readonly ConfiguredProvider[], pools: specs };
}

function toPool({ resources = [], ...pool }: PoolEntry): ConfiguredPool {
  return { spec: { ...poolSpecOf(pool), name: pool.name }, resources: resources.map(toResource) };
}

function toResource({ params, ...rest }: ResourceEntry): ConfiguredPool['resources'][number] {
  return { ...rest, ...(params === undefined ? {} : { params }) };
}
