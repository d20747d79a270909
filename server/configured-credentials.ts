import { GIVEN_PARTS, ID_PREFIX, Refusal } from '@poolkeeper/core';
import type { ConfiguredCredentials, ConfiguredPool, World } from '@poolkeeper/core';
import type { Keeper } from './keeper/contract.ts';
import type { PoolOfConfiguration, ResourceOfConfiguration } from './schemas/configuration-spec.ts';
import type { CredentialSeal } from './seal/credential-seal.ts';

export type ConfiguredCredentialsParts = {
  readonly keeper: Pick<Keeper, 'read'>;
  readonly seal: CredentialSeal;
  /** The world's own. */
  readonly newId: (prefix: string) => string;
};

/** How often a configuration is sealed at most, while resources that it names come into its pools. */
export const SEALINGS_MAX = 3;

/**
 * Asks something of the core about the pools of a configuration, with their credentials sealed. Each is sealed for its resource, so it
 * is done anew where one comes into its pool before the core decides.
 *
 * Errors: those of `ask`; after `SEALINGS_MAX` times also `plan_outdated`.
 */
export async function askSealed<T>(
  parts: ConfiguredCredentialsParts,
  pools: readonly PoolOfConfiguration[],
  ask: (pools: readonly ConfiguredPool[]) => Promise<T>,
): Promise<T> {
  for (let sealings = 1; ; sealings += 1) {
    const sealed = await sealConfigured(parts, pools);
    try {
      return await ask(sealed);
    } catch (error) {
      const isOutdated = error instanceof Refusal && error.code === 'plan_outdated';
      if (!isOutdated || sealed === pools || sealings === SEALINGS_MAX) throw error;
    }
  }
}

/**
 * Seals the credentials in a configuration, on their way to the core: those that it says otherwise than it did last. What it says as
 * before is left out, so that the same file changes nothing, and never sets again what a rotation has replaced since.
 *
 * Shape: reads the world where there are any.
 */
async function sealConfigured(
  parts: ConfiguredCredentialsParts,
  pools: readonly PoolOfConfiguration[],
): Promise<readonly ConfiguredPool[]> {
  const hasAny = pools.some(({ resources }) =>
    resources.some(({ credentials }) => credentials !== undefined),
  );
  if (!hasAny) return pools as readonly ConfiguredPool[];
  return parts.keeper.read((world) =>
    pools.map(({ spec, resources }) => ({
      spec,
      resources: resources.map((resource) => sealOne(parts, world, { pool: spec.name, resource })),
    })),
  );
}

function sealOne(
  { seal, newId }: ConfiguredCredentialsParts,
  world: World,
  { pool, resource }: { pool: string; resource: ResourceOfConfiguration },
): ConfiguredPool['resources'][number] {
  const { credentials: given, ...said } = resource;
  if (given === undefined) return said;
  const known = world.pools.get(pool)?.idByName.get(resource.name);
  const id = known ?? newId(ID_PREFIX.resource);
  const before = world.credentials.get(id);
  const sealed: Record<string, string> = {};
  const told: Record<string, string> = {};
  for (const part of GIVEN_PARTS) {
    const values = given[part];
    if (values === undefined) continue;
    const last = before?.told?.[part];
    const isAsBefore = last !== undefined && before?.[part] !== null && seal.wasTold(id, last, values);
    if (isAsBefore) continue;
    sealed[part] = seal.seal(id, part, values);
    told[part] = seal.tell(id, values);
  }
  if (Object.keys(sealed).length === 0) return said;
  const credentials: ConfiguredCredentials = { resource: id, sealed, told };
  return { ...said, credentials };
}
