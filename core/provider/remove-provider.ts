import { Refusal } from '../errors.ts';
import { forgetLeaksOf } from '../ledger/take-strays.ts';
import type { ProviderEntry } from '../model/provider.ts';
import { upkeepOfProvider } from '../upkeep/owner.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import type { World } from '../world/world.ts';

/** Pools that a refusal names. */
const NAMED_MAX = 5;

export type RemoveProvider = {
  readonly type: 'removeProvider';
  readonly name: string;
  readonly version?: number;
};

/**
 * Takes a provider away: at once, or with the last of its pools when those are being removed.
 *
 * Errors: `provider_not_found`, `provider_in_use` while a pool names it that stays or a cloud pool instance has it,
 * `version_mismatch`. Repeating it is harmless.
 */
export function removeProvider(tx: Transaction, input: RemoveProvider): ProviderEntry {
  const provider = tx.requireProvider(input.name);
  if (provider.status === 'removing') return provider;
  requireOwn(tx.world, input.name);
  requireVersion(provider.version, input.version);
  const pools = poolsOf(tx.world, input.name);
  const staying = pools.filter((name) => tx.world.pools.get(name)?.pool.status !== 'removing');
  if (staying.length > 0) {
    const more = staying.length > NAMED_MAX ? ` and ${staying.length - NAMED_MAX} more` : '';
    throw new Refusal(
      'provider_in_use',
      `Provider "${input.name}" has the pools ${staying.slice(0, NAMED_MAX).join(', ')}${more}. Remove those first.`,
    );
  }
  const removing = tx.put('provider', input.name, {
    ...provider,
    status: 'removing',
    version: provider.version + 1,
  });
  if (pools.length === 0) forgetProvider(tx, input.name);
  else tx.emit('provider.removing', {}, { name: input.name });
  return removing;
}

/** Refuses what only the configuration of a cloud pool instance may change. */
export function requireOwn(world: World, provider: string): void {
  const upkeep = upkeepOfProvider(world, provider);
  if (upkeep === undefined) return;
  throw new Refusal(
    'provider_in_use',
    `Provider "${provider}" belongs to the cloud pool instance "${upkeep.name}". Configure or remove that instead.`,
  );
}

/** The last pool of a provider that is being removed has gone. */
export function forgetUnusedProvider(tx: Transaction, name: string): void {
  const isUnused =
    tx.world.providers.get(name)?.status === 'removing' && poolsOf(tx.world, name).length === 0;
  if (isUnused) forgetProvider(tx, name);
}

/** Takes a provider away that no pool names any more. */
export function forgetProvider(tx: Transaction, name: string): void {
  forgetLeaksOf(tx, name);
  tx.remove('provider', name);
  tx.emit('provider.removed', {}, { name });
}

/** Names of the pools whose members a provider makes or keeps, in order. */
export function poolsOf(world: World, provider: string): string[] {
  const names: string[] = [];
  for (const [name, { pool }] of world.pools) if (pool.provider === provider) names.push(name);
  return names.toSorted();
}
