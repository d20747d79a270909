import { Refusal, refuseInput } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import type { ProviderEntry, ProviderSpec } from '../model/provider.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import { poolsOf, requireOwn } from './remove-provider.ts';

export const PROVIDERS_MAX = 1_000;

export type PutProvider = {
  readonly type: 'putProvider';
  readonly spec: ProviderSpec;
  readonly version?: number;
};

/**
 * Makes a provider known, or changes it; what already is so stays untouched.
 *
 * Shape: changes the provider; emits `provider.created` or `provider.changed`. What it made stays and is looked after by it.
 * Errors: `invalid_input` for another driver while pools use it, `provider_in_use` where a cloud pool instance has it,
 * `provider_being_removed`, `version_mismatch`.
 */
export function putProvider(tx: Transaction, input: PutProvider): ProviderEntry {
  requireOwn(tx.world, input.spec.name);
  return takeProviderSpec(tx, input);
}

/** The same for who owns the provider. */
export function takeProviderSpec(
  tx: Transaction,
  { spec, version }: Pick<PutProvider, 'spec' | 'version'>,
): ProviderEntry {
  const { name, driver, makes, options } = spec;
  const attaches = spec.attaches === true ? ({ attaches: true } as const) : {};
  const current = tx.world.providers.get(name);
  if (current === undefined) {
    if (version !== undefined) tx.requireProvider(name);
    if (tx.world.providers.size >= PROVIDERS_MAX)
      throw refuseInput('/name', `there are ${PROVIDERS_MAX} providers, which is the most`);
    tx.emit('provider.created', {}, { name, driver });
    return tx.put('provider', name, {
      name,
      driver,
      makes,
      ...attaches,
      options,
      status: 'open',
      version: 1,
      createdAt: tx.now,
    });
  }
  if (current.status === 'removing') {
    throw new Refusal(
      'provider_being_removed',
      `Provider "${name}" is being removed and goes with its last pool. Wait until it has gone.`,
    );
  }
  requireVersion(current.version, version);
  const pools = poolsOf(tx.world, name);
  if (current.driver !== driver && pools.length > 0) {
    throw refuseInput(
      '/driver',
      `the driver of a provider that pools use (${pools.join(', ')}) cannot change; make another provider`,
    );
  }
  const isSame =
    current.driver === driver &&
    current.attaches === spec.attaches &&
    canonicalJson(current.options) === canonicalJson(options);
  if (isSame) return current;
  const { attaches: _, ...rest } = current;
  const changed = { ...rest, driver, makes, ...attaches, options, version: current.version + 1 };
  tx.emit('provider.changed', {}, { name, version: changed.version });
  return tx.put('provider', name, changed);
}
