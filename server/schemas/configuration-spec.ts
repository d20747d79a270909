import { Refusal, refuseInput, requireShortName } from '@poolkeeper/core';
import type {
  ConfiguredPool,
  InputFault,
  Json,
  JsonObject,
  ProfileSpec,
  WorkflowSpec,
} from '@poolkeeper/core';
import type { ConfigurationInput, PoolEntry, ResourceEntry } from './configuration.ts';
import type { CredentialsGiven } from './credential.ts';
import { checkNames } from './check-names.ts';
import { poolSpecOf } from './pool-spec.ts';
import { profileSpecOf, workflowSpecOf } from './workflow-spec.ts';

/** A provider as a configuration says it: its name, its driver, and the driver's options beside them. */
export type ConfiguredProvider = { readonly name: string; readonly driver: string } & JsonObject;

/** A configuration whose shape was checked, as the rooms behind it want it. */
export type ConfigurationSpec = {
  readonly providers: readonly ConfiguredProvider[];
  readonly workflows: readonly WorkflowSpec[];
  readonly profiles: readonly ProfileSpec[];
  readonly pools: readonly PoolOfConfiguration[];
};

/** A pool with its resources; their credentials are in the clear, and are sealed before the core gets them. */
export type PoolOfConfiguration = Pick<ConfiguredPool, 'spec'> & {
  readonly resources: readonly ResourceOfConfiguration[];
};
export type ResourceOfConfiguration = Omit<ConfiguredPool['resources'][number], 'credentials'> & {
  readonly credentials?: CredentialsGiven;
};

/**
 * Turns a configuration of the right shape into what the core knows; defaults are the core's.
 *
 * Errors: `invalid_input` with every member that its shape let through and that means nothing, such as half a size, or a name
 * that is there twice.
 */
export function configurationSpecOf(input: ConfigurationInput): ConfigurationSpec {
  const { providers = [], workflows = [], profiles = [], pools = [] } = input;
  const faults: InputFault[] = checkNames(input as Json);
  const specs = pools.flatMap((pool, index) => {
    try {
      return [toPool({ ...pool, provider: requireProvider(pool, providers) })];
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
  return {
    providers: providers as readonly ConfiguredProvider[],
    workflows: workflows.map((workflow, index) => workflowSpecOf(workflow, `/workflows/${index}`)),
    profiles: profiles.map(profileSpecOf),
    pools: specs,
  };
}

function toPool({
  resources = [],
  provider,
  ...pool
}: PoolEntry & { provider: string }): PoolOfConfiguration {
  const spec = { ...poolSpecOf({ ...pool, provider }, pool.name), name: pool.name };
  if (pool.stages === undefined)
    resources.forEach(({ name }, index) => requireShortName(name, `/resources/${index}/name`));
  return { spec, resources: resources.map(toResource) };
}

/** Where there is one provider there is no choice, so nothing needs to be said. */
function requireProvider(
  { provider, name }: PoolEntry,
  providers: readonly { readonly name: string }[],
): string {
  const names = providers.map((one) => one.name);
  const [only] = names;
  if (provider !== undefined) return provider;
  if (only !== undefined && names.length === 1) return only;
  const known = names.length === 0 ? 'the configuration has none' : `configured are: ${names.join(', ')}`;
  throw refuseInput(
    '/provider',
    `provider is missing: pool "${name}" has to name who makes or keeps its members; ${known}`,
  );
}

function toResource({ params, ...rest }: ResourceEntry): ResourceOfConfiguration {
  return { ...rest, ...(params === undefined ? {} : { params }) };
}
