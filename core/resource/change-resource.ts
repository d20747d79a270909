import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

/** Puts a new version of a resource; a changed status starts its own time. */
export function changeResource(tx: Transaction, resource: Resource, change: Partial<Resource>): Resource {
  const isMove = change.status !== undefined && change.status !== resource.status;
  return tx.put('resource', resource.id, {
    ...resource,
    ...change,
    ...(isMove ? { since: tx.now } : {}),
    version: resource.version + 1,
  });
}
