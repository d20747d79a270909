import type { Pool } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import { CLEANING_STAGE, DIRTY_STAGE, FREE_STAGE } from '../model/stage.ts';
import type { Stage } from '../model/stage.ts';
import type { Transaction } from '../world/transaction.ts';
import { addMember, putMember } from './add-member.ts';
import type { NewMember } from './add-member.ts';
import { changedData } from './data.ts';
import { handOver } from './hand-over.ts';
import { requireText } from './require-staged.ts';

/** Where a member that is registered stands, who has it there, and what clients keep with it. */
export type RegisteredStage = {
  readonly name: string;
  readonly holder?: string;
  readonly data?: Stage['data'];
};

type Registered = Omit<NewMember, 'stage' | 'data'> & { readonly stage?: RegisteredStage };

/**
 * Registers a member that is handed over by stage, where it stands, and with who has it.
 *
 * Errors: `invalid_input`, `over_quota`.
 */
export function registerAtStage(tx: Transaction, pool: Pool, { stage, ...given }: Registered): Resource {
  const { name = pool.stages?.initial ?? FREE_STAGE, holder, data = {} } = stage ?? {};
  requireText('stage/name', name);
  const kept = changedData({}, data);
  if (holder === undefined) return addMember(tx, pool, { ...given, stage: name, data: kept });
  requireText('stage/holder', holder);
  // Who cleans it took it dirty; anybody else is taken to have got it free, so that it is cleaned when it comes back.
  const from = name === CLEANING_STAGE ? DIRTY_STAGE : FREE_STAGE;
  const member = putMember(tx, pool, { member: { ...given, stage: from, data: kept }, status: 'cleaning' });
  return handOver(tx, member, { holder, dest: name, waitedMs: null });
}
