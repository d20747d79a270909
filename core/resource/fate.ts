import type { Fate, Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeResource } from './change-resource.ts';

/**
 * Has a lease got it? Then it is never taken, and what is to become of it waits for its return. What was being prepared for one
 * that got another is nobody's.
 */
export function isOut(resource: Resource): boolean {
  return resource.status === 'leased' || (resource.status === 'preparing' && resource.leaseId !== null);
}

export function setFate(tx: Transaction, resource: Resource, fate: Fate): void {
  if (resource.fate === fate) return;
  changeResource(tx, resource, { fate });
  tx.emit('resource.changed', { resource: resource.id, pool: resource.pool }, { members: ['fate'], fate });
}
