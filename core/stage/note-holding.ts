import { Refusal } from '../errors.ts';
import type { Resource } from '../model/resource.ts';
import type { Stage } from '../model/stage.ts';
import { changeResource } from '../resource/change-resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { changedData } from './data.ts';
import { requireHolding, requireInTime, requireStagedMember } from './require-staged.ts';
import { stageNow } from './stand-at.ts';
import { stageOf } from './stage-of.ts';

export type NoteHolding = {
  readonly type: 'noteHolding';
  readonly name: string;
  readonly holder: string;
  /** Where the holder believes it to stand. */
  readonly stage: string;
  /** What is kept with it from now on; an empty text takes a member away. */
  readonly data: Readonly<Record<string, string>>;
};

/**
 * Notes that a holder still has a member, and keeps what it says with it.
 *
 * Shape: changes the resource, and the lease where its holder may not be silent; emits `resource.changed` when what is kept changes, with the
 * names alone.
 * Errors: `resource_not_found`, `not_the_holder`, `stage_mismatch`, in this order; `invalid_input` (too much is kept).
 */
export function noteHolding(tx: Transaction, input: NoteHolding): Resource {
  const resource = requireStagedMember(tx, input.name);
  const lease = requireHolding(tx, resource, input.holder);
  requireInTime(tx, lease, resource.name);
  const stage = stageOf(resource);
  if (stage !== input.stage) {
    throw new Refusal(
      'stage_mismatch',
      `Resource "${resource.name}" is at "${stage}", not at "${input.stage}". Say the stage that it was taken to.`,
    );
  }
  if (lease.heartbeatMs !== null) {
    const heartbeatBy = tx.now + lease.heartbeatMs;
    tx.put('lease', lease.id, { ...lease, heartbeatBy, version: lease.version + 1 });
  }
  const kept = resource.stage as Stage;
  const data = changedData(kept.data, input.data);
  const noted = { ...stageNow(tx, resource, kept.name), data, from: kept.from as string };
  if (data !== kept.data) {
    tx.emit(
      'resource.changed',
      { resource: resource.id, pool: resource.pool, lease: lease.id, holder: lease.holder },
      { members: ['stage'], keys: Object.keys(input.data) },
    );
  }
  return changeResource(tx, resource, { stage: noted });
}
