import { kill } from 'node:process';
import { sleep } from '../timers.ts';
import type { Timers } from '../timers.ts';

/** How long a program and its children may take to end after SIGTERM, before SIGKILL. Milliseconds. */
const TERM_GRACE_MS = 2_000;
/** How long what was killed is waited for. What is left then is of the kernel, or ended and not taken note of. Milliseconds. */
const KILL_WAIT_MS = 1_000;
const LOOK_AGAIN_MS = 20;
/** How long the end of a group is waited for altogether. Milliseconds. */
export const END_MS_MAX = TERM_GRACE_MS + KILL_WAIT_MS;

/**
 * Ends a process group: asks it, and kills what does not heed that. The two waits together are shorter than the time that
 * a caller waits for a call that it aborted.
 *
 * Shape: `wasKilled` when asking was not enough.
 */
export async function endGroup(leader: number, timers: Timers): Promise<{ wasKilled: boolean }> {
  if (!signalGroup(leader, 'SIGTERM')) return { wasKilled: false };
  if (await isEmptyWithin(leader, TERM_GRACE_MS, timers)) return { wasKilled: false };
  signalGroup(leader, 'SIGKILL');
  await isEmptyWithin(leader, KILL_WAIT_MS, timers);
  return { wasKilled: true };
}

async function isEmptyWithin(leader: number, waitMs: number, timers: Timers): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < waitMs; waitedMs += LOOK_AGAIN_MS) {
    await sleep(timers, LOOK_AGAIN_MS);
    if (!signalGroup(leader, 0)) return true;
  }
  return false;
}

/** Is anybody there? The number of a group is given to nobody else while one of it lives. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    kill(-leader, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // EPERM: what is left became another user's, and cannot be ended by us.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    return false;
  }
}
