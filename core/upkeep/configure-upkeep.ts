import type { JsonObject } from '../json.ts';
import type { Pool, RoundsSpec, VictimPolicy } from '../model/pool.ts';
import type { ProviderSpec } from '../model/provider.ts';
import type { Resource } from '../model/resource.ts';
import type { Upkeep } from '../model/upkeep.ts';
import { takeSpec } from '../pool/put-pool.ts';
import { takeProviderSpec } from '../provider/put-provider.ts';
import { retireResource } from '../resource/turnover.ts';
import { keepSecret } from '../secret/secrets.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeUpkeep, requireUpkeep, subjectOf } from './change-upkeep.ts';
import { requireFreeNames } from './create-upkeep.ts';
import { beginLook } from './looks.ts';
import { poolOfUpkeep, secretOfUpkeep } from './names.ts';

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

/** The option of a provider that says whose machines it lists: the pool that its marks name. */
const MARK_OPTION = 'cloudPool';

/**
 * Gives an upkeep its configuration: secret, provider and pool are made or changed with it, in one decision. What is started stays
 * started, goes on with the new one, and keeps the size that was asked for, unless the machines are those of another pool from now on.
 *
 * Shape: changes the secret, the provider, the pool and the upkeep; emits their events and `upkeep.configured`.
 * Errors: `upkeep_not_found`, `upkeep_exists` where its names are taken, those of `putProvider` and `putPool`.
 */
export function configureUpkeep(tx: Transaction, input: ConfigureUpkeep): Upkeep {
  const upkeep = requireUpkeep(tx, input.name);
  if (upkeep.pool === null) requireFreeNames(tx, input.name);
  const name = poolOfUpkeep(input.name);
  const secret = secretOfUpkeep(input.name);
  const before = tx.world.providers.get(name);
  keepSecret(tx, { name: secret, sealed: input.sealed, by: `cloud pool instance ${input.name}` });
  takeProviderSpec(tx, { spec: { ...input.provider, name } });
  putPoolOf(tx, name, input);
  const isOtherPlace = before !== undefined && markOf(before) !== markOf(input.provider);
  const configured = changeUpkeep(tx, upkeep, {
    pool: name,
    secret,
    look: null,
    ...(isOtherPlace ? { isSizeKnown: false, fetchedAt: null, strays: [], detached: [] } : {}),
  });
  tx.emit('upkeep.configured', subjectOf(configured), { name: input.name });
  if (isOtherPlace) endRequests(tx, name);
  if (configured.status !== 'started') return configured;
  // What a round had asked for at the other place is no part of this one.
  const begun = isOtherPlace
    ? changeUpkeep(tx, configured, { round: null, nextRoundAt: tx.now + input.rounds.updateMs })
    : configured;
  return goOn(tx, begun, input.rounds);
}

/** What is asked for and not made yet would be made in the other place, where nobody wants it. */
function endRequests(tx: Transaction, name: string): void {
  const members = Iterator.from(tx.requirePool(name).members).map((id) => tx.world.resources.get(id));
  const requested = [...members].filter((member) => member?.status === 'requested') as Resource[];
  for (const member of requested)
    retireResource(tx, member, 'its cloud pool instance is of another pool from now on');
}

function markOf({ options }: ProviderSpec): unknown {
  return options[MARK_OPTION];
}

function putPoolOf(tx: Transaction, name: string, input: ConfigureUpkeep): Pool {
  const { kind, template, victims, rounds } = input;
  const size = tx.world.pools.get(name)?.pool.size ?? { desired: 0 };
  const spec = { provider: name, kind, size, template, victims, rounds };
  return takeSpec(tx, { type: 'putPool', name, spec, merge: tx.world.pools.has(name) }, 'upkeep');
}

/** It looks anew, and its next update is no later than the new interval says. */
function goOn(tx: Transaction, upkeep: Upkeep, { updateMs }: RoundsSpec): Upkeep {
  const nextRoundAt = upkeep.nextRoundAt === null ? null : Math.min(upkeep.nextRoundAt, tx.now + updateMs);
  const looking = beginLook(tx, changeUpkeep(tx, upkeep, { nextRoundAt }));
  const { round, lookNumber } = looking;
  if (round?.phase !== 'looking') return looking;
  return changeUpkeep(tx, looking, { round: { ...round, look: lookNumber } });
}
