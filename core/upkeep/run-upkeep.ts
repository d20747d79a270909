import { Refusal } from '../errors.ts';
import type { Upkeep } from '../model/upkeep.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeUpkeep, requireUpkeep, subjectOf } from './change-upkeep.ts';
import { beginLook } from './looks.ts';
import { roundsOf } from './rounds.ts';

export type StartUpkeep = { readonly type: 'startUpkeep'; readonly name: string };
export type StopUpkeep = { readonly type: 'stopUpkeep'; readonly name: string };

/**
 * Starts both loops, the first look at once. Starting what is started changes nothing.
 *
 * Shape: changes the upkeep; emits `upkeep.started`. The first update comes one interval later, the size is what it was.
 * Errors: `upkeep_not_found`, `upkeep_not_configured`.
 */
export function startUpkeep(tx: Transaction, { name }: StartUpkeep): Upkeep {
  const upkeep = requireUpkeep(tx, name);
  if (upkeep.pool === null)
    throw new Refusal(
      'upkeep_not_configured',
      `Cloud pool instance "${name}" has no configuration yet. Configure it, then start it.`,
    );
  if (upkeep.status === 'started') return upkeep;
  const started = changeUpkeep(tx, upkeep, {
    status: 'started',
    lookedAt: null,
    lookError: null,
    nextRoundAt: tx.now + roundsOf(tx, upkeep).updateMs,
  });
  tx.emit('upkeep.started', subjectOf(upkeep), { name });
  return beginLook(tx, started);
}

/**
 * Stops both loops; what is under way ends, and machines stay as they are. Stopping what is stopped changes nothing.
 *
 * Shape: changes the upkeep; emits `upkeep.stopped`. Errors: `upkeep_not_found`.
 */
export function stopUpkeep(tx: Transaction, { name }: StopUpkeep): Upkeep {
  const upkeep = requireUpkeep(tx, name);
  if (upkeep.status === 'stopped') return upkeep;
  const stopped = changeUpkeep(tx, upkeep, { status: 'stopped', ...AT_REST });
  tx.emit('upkeep.stopped', subjectOf(upkeep), { name });
  return stopped;
}

/** Neither loop runs. */
export const AT_REST = { look: null, round: null, nextLookAt: null, nextRoundAt: null } as const;
