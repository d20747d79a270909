import { dropJob } from '../job/start-job.ts';
import { ledgerTraits } from '../ledger/ledger-traits.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { recordTurnover } from './turnover-record.ts';

/** The resource is gone, by proof of its provider or by the word of an operator. */
export function finishExit(tx: Transaction, resource: Resource, verdict: 'destroyed' | 'forgotten'): void {
  const status = nextResourceStatus(resource, 'destroyed');
  recordTurnover(tx, resource, verdict);
  dropJob(tx, resource);
  tx.remove('resource', resource.id);
  if (resource.successor !== undefined) tx.toSucceed.push(resource);
  tx.emit(
    'resource.gone',
    { resource: resource.id, pool: resource.pool },
    { ...ledgerTraits(tx, resource), status, ...(verdict === 'forgotten' ? { how: verdict } : {}) },
  );
}
