import type { SFTPWrapper } from 'ssh2';
import type { Timers } from '../../timers.ts';
import type { Connection } from './connection.ts';
import { openSession } from './open-session.ts';

const SCRIPT_MODE = 0o700;

/**
 * Puts a script into a directory of the machine, for its user alone.
 *
 * Errors: that the machine has no sftp, or why it took no file there.
 */
export async function uploadScript(
  connection: Connection,
  input: { readonly machine: string; readonly path: string; readonly text: string; readonly timers: Timers },
): Promise<void> {
  const sftp = await openSftp(connection, input);
  try {
    await new Promise<void>((resolve, reject) => {
      void connection.lost.then(() =>
        reject(
          new Error(
            `The connection to ${input.machine} was lost while a script was sent. Check its power and the network between.`,
          ),
        ),
      );
      sftp.writeFile(input.path, input.text, { mode: SCRIPT_MODE, flag: 'wx' }, (error) => {
        if (error === undefined || error === null) resolve();
        else {
          reject(
            new Error(
              `${input.machine} took no script at ${input.path} (${error.message}). Check that its user may write there, or give script.directory.`,
              { cause: error },
            ),
          );
        }
      });
    });
  } finally {
    await closeSftp(connection, sftp);
  }
}

async function openSftp(
  connection: Connection,
  place: { readonly machine: string; readonly timers: Timers },
): Promise<SFTPWrapper> {
  try {
    return await openSession<SFTPWrapper>(connection, place, (done) => connection.client.sftp(done));
  } catch (error) {
    if ((error as Error).message.includes('subsystem')) {
      throw new Error(
        `${place.machine} has no sftp, by which scripts are sent (${(error as Error).message}). Add "Subsystem sftp internal-sftp" to its sshd_config, or use run.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** Its session is over before the next one is opened: some machines allow one at a time. */
function closeSftp(connection: Connection, sftp: SFTPWrapper): Promise<unknown> {
  const closed = new Promise<void>((resolve) => {
    sftp.once('close', resolve);
  });
  sftp.end();
  return Promise.race([closed, connection.lost]);
}
