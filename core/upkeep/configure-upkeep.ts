import type { JsonObject } from '../json.ts';
import type { RoundsSpec, VictimPolicy } from '../model/pool.ts';
import type { ProviderSpec } from '../model/provider.ts';
import type { Upkeep } from '../model/upkeep.ts';
import type { Transaction } from '../world/transaction.ts';

export type ConfigureUpkeep = {
  readonly type: 'configureUpkeep';
  readonly name: string;
  /** The whole configuration as it was given, sealed under the name that `secretOfUpkeep` answers. */
  readonly sealed: string;
  /** Named by `poolOfUpkeep`. Its `options` change with each configuration that means another place, so that it is opened anew. */
  readonly provider: ProviderSpec;
  readonly kind: string;
  readonly template: JsonObject;
  readonly victims: VictimPolicy;
  readonly rounds: RoundsSpec;
};

/**
 * Gives an upkeep its configuration: secret, provider and pool are made or changed with it, in one decision. What is started stays
 * started, goes on with the new one, and keeps the size that was asked for.
 */
export function configureUpkeep(_tx: Transaction, _input: ConfigureUpkeep): Upkeep {
  throw new Error('to be built');
}
