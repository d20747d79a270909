import { dropJob } from '../job/start-job.ts';
import { ledgerTraits } from '../ledger/ledger-traits.ts';
import type { Resource } from '../model/resource.ts';
import type { Upkeep } from '../model/upkeep.ts';
import { forgetProvider } from '../provider/remove-provider.ts';
import { dropRun } from '../resource/transition.ts';
import { recordTurnover } from '../resource/turnover-record.ts';
import { unsetAside } from '../resource/turnover.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';

/**
 * Forgets what belongs to an upkeep that is being removed, as soon as nothing is under way with any of its members: first the members,
 * which live on where they are, then pool, provider, secret and the upkeep itself.
 *
 * Shape: at most `budget` members; answers how many, and whether nothing more is to be done before something changes.
 * Source: invariants U16 and U17 in docs/spec/upkeep.md.
 */
export function forgetUpkeep(
  tx: Transaction,
  { upkeep, state, budget }: { upkeep: Upkeep; state: PoolState; budget: number },
): { done: number; isAtRest: boolean } {
  const { name, provider } = state.pool;
  for (const id of state.members)
    if (isUnderWay(tx, tx.world.resources.get(id) as Resource)) return { done: 0, isAtRest: true };
  const members = [...Iterator.from(state.members).take(budget)];
  for (const id of members) forgetMember(tx, tx.world.resources.get(id) as Resource);
  if (state.members.size > 0) return { done: members.length, isAtRest: false };
  tx.remove('pool', name);
  tx.emit('pool.removed', { pool: name });
  forgetProvider(tx, provider);
  if (upkeep.secret !== null) {
    const version = tx.world.secrets.get(upkeep.secret)?.version ?? 0;
    tx.remove('secret', upkeep.secret);
    tx.emit('secret.removed', {}, { name: upkeep.secret, version, by: `cloud pool instance ${upkeep.name}` });
  }
  tx.remove('upkeep', upkeep.name);
  tx.emit('upkeep.removed', { pool: name }, { name: upkeep.name });
  return { done: members.length, isAtRest: true };
}

/** A lease has it, or something is being done with it that will come to an end by itself. */
function isUnderWay(tx: Transaction, resource: Resource): boolean {
  const { id, status, run, hold, leaseId } = resource;
  const isLent = leaseId !== null && (status === 'leased' || status === 'preparing');
  return isLent || tx.world.jobOfResource.has(id) || (run !== null && hold === null);
}

/** It lives on, and nobody here knows it any more. */
function forgetMember(tx: Transaction, member: Resource): void {
  const idle = dropRun(tx, unsetAside(tx, member));
  dropJob(tx, idle);
  recordTurnover(tx, idle, 'forgotten');
  tx.remove('resource', idle.id);
  const { id, pool } = idle;
  const traits = ledgerTraits(tx, idle);
  tx.emit('resource.gone', { resource: id, pool }, { ...traits, status: 'gone', how: 'forgotten' });
}
