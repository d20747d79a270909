import { refuseInput } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import type { Json } from '../json.ts';
import type { Pool, PoolSpec } from '../model/pool.ts';
import { upkeepOfPool, upkeepOfProvider } from '../upkeep/owner.ts';
import type { Transaction } from '../world/transaction.ts';

/** What the configuration of a cloud pool instance says of its pool. */
const CONFIGURED = ['provider', 'kind', 'template', 'victims', 'rounds', 'split'] as const;

/**
 * What people and configuration files may say of a pool: of one that belongs to a cloud pool instance everything but what its
 * configuration says, which stays as it is; and no other pool may have the provider of an instance, or be kept in rounds.
 *
 * Errors: `pool_of_upkeep`, `invalid_input`.
 */
export function asPeopleMay<T extends { readonly name: string; readonly spec: Partial<PoolSpec> }>(
  tx: Transaction,
  current: Pool | undefined,
  input: T,
): T {
  const { name, spec } = input;
  const upkeep = upkeepOfPool(tx.world, name);
  if (current === undefined || upkeep === undefined) {
    requireNoUpkeep(tx, spec);
    return input;
  }
  const kept: Partial<PoolSpec> = {};
  for (const member of CONFIGURED) {
    const [said, is] = [spec[member], current[member]];
    if (said !== undefined && !isSame(said as Json, is as Json | undefined))
      throw refuseInput(
        `/${member}`,
        `${member} of pool "${name}" is said by the configuration of the cloud pool instance "${upkeep.name}"; change it there`,
        'pool_of_upkeep',
      );
    if (is !== undefined) Object.assign(kept, { [member]: is });
  }
  return { ...input, spec: { ...spec, ...kept } };
}

function isSame(said: Json, is: Json | undefined): boolean {
  return is !== undefined && canonicalJson(said) === canonicalJson(is);
}

function requireNoUpkeep(tx: Transaction, { provider, rounds }: Partial<PoolSpec>): void {
  if (rounds !== undefined)
    throw refuseInput('/rounds', 'only the pool of a cloud pool instance is kept in rounds; leave it out');
  const owner = provider === undefined ? undefined : upkeepOfProvider(tx.world, provider);
  if (owner !== undefined)
    throw refuseInput(
      '/provider',
      `provider "${provider}" belongs to the cloud pool instance "${owner.name}"; name another`,
      'pool_of_upkeep',
    );
}
