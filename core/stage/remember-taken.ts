import { deadlineOf } from '../model/lease.ts';
import type { Pool } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

/** How long the answer to a request id is remembered, in milliseconds. */
const REMEMBERED_MS = 24 * 3_600_000;

type Request = {
  readonly pool: string;
  readonly stage: string;
  readonly dest: string;
  readonly holder: string;
  readonly request: string | null;
};

/** No two requests share one, and none that natively asks for a lease: there holder and key stand apart by a character that is none here. */
function receiptId({ pool, holder, request }: Request): string {
  return JSON.stringify(['taken by stage', pool, holder, request]);
}

function fingerprintOf({ stage, dest }: Request): string {
  return JSON.stringify([stage, dest]);
}

/** What the same request took before, while its holder has it, where its pool answers requests that are said again. */
export function findRepeated(
  tx: Transaction,
  { stages }: Pool,
  input: Request,
): { readonly resource: Resource; readonly lease: string } | undefined {
  if (stages?.isRepeatable !== true || input.request === null) return undefined;
  const receipt = tx.world.receipts.get(receiptId(input));
  if (receipt === undefined || receipt.fingerprint !== fingerprintOf(input)) return undefined;
  const lease = tx.world.leases.get(receipt.leaseId);
  if (lease === undefined || lease.status === 'queued' || deadlineOf(lease) <= tx.now) return undefined;
  const resource = tx.world.resources.get(lease.members[0]?.resource ?? '');
  return resource && { resource, lease: lease.id };
}

/** Remembers what a request took, where its pool answers requests that are said again. */
export function rememberTaken(
  tx: Transaction,
  { stages }: Pool,
  input: Request & { readonly lease: string },
): void {
  if (stages?.isRepeatable !== true || input.request === null) return;
  const id = receiptId(input);
  tx.put('receipt', id, {
    id,
    leaseId: input.lease,
    fingerprint: fingerprintOf(input),
    expiresAt: tx.now + REMEMBERED_MS,
  });
}
