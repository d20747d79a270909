import type { JsonObject } from '../json.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

/** What the history of the ledger keeps of a resource that is gone: the event of its end says it. */
export function ledgerTraits(tx: Transaction, resource: Resource): JsonObject {
  const { name, provider, externalId, createdAt, madeAt = null, pool } = resource;
  const cost = { ...tx.world.pools.get(pool)?.pool.cost };
  return { name, provider, externalId, requestedAt: createdAt, madeAt, cost };
}
