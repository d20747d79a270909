import { sleep } from '../../timers.ts';
import type { Timers } from '../../timers.ts';
import type { Connection } from './connection.ts';

const TRIES_MAX = 5;
const PAUSE_MS = 25;

/**
 * Opens a session on a connection. sshd counts a session that was just closed for a moment longer, and may allow one alone
 * (`MaxSessions 1`), so a refusal is asked again a few times.
 *
 * Errors: that the machine opens none, or that the connection was lost.
 */
export async function openSession<Session>(
  connection: Connection,
  { machine, timers }: { readonly machine: string; readonly timers: Timers },
  open: (done: (error: Error | undefined, session: Session) => void) => void,
): Promise<Session> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await new Promise<Session>((resolve, reject) => {
        void connection.lost.then((error) => reject(lostFault(machine, error)));
        open((error, session) => {
          if (error === undefined) resolve(session);
          else reject(error);
        });
      });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (tried === TRIES_MAX) throw sessionFault(machine, error);
    }
    await sleep(timers, PAUSE_MS * 2 ** tried);
  }
}

function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.message.includes('Channel open failure');
}

/** The machine took the login and opens no session. */
function sessionFault(machine: string, cause: Error): Error {
  return new Error(
    `${machine} let us in and opened no session (${cause.message}). Its sshd may allow none (MaxSessions), or the user has no shell there. Look at the log of its sshd.`,
    { cause },
  );
}

/** Whether the work goes on there nobody knows; the next attempt ends what is left of it. */
export function lostFault(machine: string, cause: Error | null): Error {
  return new Error(
    `The connection to ${machine} was lost while the step ran there${cause === null ? '' : ` (${cause.message})`}. ` +
      'Check its power and the network between. The next attempt first ends what is left of this one.',
    { cause },
  );
}
