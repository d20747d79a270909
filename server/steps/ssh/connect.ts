import { sleep } from '../../timers.ts';
import type { Random } from '../../timers.ts';
import { openConnection } from './connection.ts';
import type { Connection, ConnectionRequest } from './connection.ts';
import { ConnectionDropped } from './connection-faults.ts';
import type { Gate } from './machine-gates.ts';

/** Tries at a machine that lets connections go. All pauses together are about 8 s. */
const TRIES_MAX = 7;
const PAUSE_MS = 150;
const PAUSE_MS_MAX = 3_000;

/**
 * Opens a connection to a machine, a few at a time for each machine, and again after a pause when the machine drops it
 * before the handshake, since that is how sshd turns away what is too much for it.
 *
 * Errors: those of `openConnection`; `ConnectionDropped` after the last try.
 */
export async function connect(
  request: ConnectionRequest,
  input: { readonly startups: Gate; readonly random: Random },
  signal: AbortSignal,
): Promise<Connection> {
  for (let tried = 1; ; tried += 1) {
    const leave = await input.startups.enter(signal);
    try {
      return await openConnection(request, signal);
    } catch (error) {
      if (!(error instanceof ConnectionDropped) || tried === TRIES_MAX) throw error;
    } finally {
      leave();
    }
    // A pause of its own for each, so that those who were turned away together do not come back together.
    const pauseMs = Math.min(PAUSE_MS * 2 ** (tried - 1), PAUSE_MS_MAX) * (0.5 + input.random());
    await sleep(request.timers, pauseMs, signal);
  }
}
