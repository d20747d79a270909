import type { ClientChannel } from 'ssh2';
import type { Timers } from '../../timers.ts';
import type { StepTools } from '../contract.ts';
import { BoundedOutput } from '../output-bound.ts';
import { lostFault, openSession } from './open-session.ts';
import { ChannelEnd } from './channel-end.ts';
import type { RemoteExit } from './channel-end.ts';
import type { Connection } from './connection.ts';
import { TERM_GRACE_S, remoteProgram } from './remote-program.ts';
import type { RemoteWork } from './remote-program.ts';

/** How long the end of work that was told to end is waited for. Milliseconds. */
const END_MS_MAX = TERM_GRACE_S * 1_000 + 2_000;

export type RemoteRequest = {
  readonly work: RemoteWork;
  /** For people: where it runs. */
  readonly machine: string;
  readonly timers: Timers;
  /** What the work may put out, in bytes. */
  readonly outputBytesMax: number;
};

export type RemoteEnd = RemoteExit & {
  /** That it put out too much, in words; null when it did not. */
  readonly outputFault: string | null;
};

/**
 * Does work on a machine and hands on what it puts out.
 *
 * Errors: the signal's reason, once the work was ended as far as the machine can be reached; an error with what to do when the
 * connection was lost or the machine opens no session.
 */
export async function runRemote(
  connection: Connection,
  request: RemoteRequest,
  { signal, output }: StepTools,
): Promise<RemoteEnd> {
  const { work, machine, timers, outputBytesMax } = request;
  signal.throwIfAborted();
  const { command, program } = remoteProgram(work);
  const channel = await openChannel(connection, command, request);
  using end = new ChannelEnd(channel, timers);
  let cancelClose = (): void => {};
  const stop = (): void => {
    // The program takes the end of its standard input as the word to end the work.
    channel.end();
    cancelClose = timers.set(END_MS_MAX, () => connection[Symbol.dispose]());
  };
  const bounded = new BoundedOutput({ output, bytesMax: outputBytesMax, onTooMuch: stop });
  const take = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    end.noteOutput();
    bounded.write(stream, chunk);
  };
  channel.on('data', take('stdout'));
  channel.stderr.on('data', take('stderr'));
  // A fault of the channel is one of its connection, which tells it too.
  channel.on('error', () => {});
  signal.addEventListener('abort', stop, { once: true });
  channel.write(program);
  if (signal.aborted) stop();
  try {
    const lost = await Promise.race([end.over.then(() => null), connection.lost]);
    // Work that was done before the abort counts.
    if (signal.aborted && end.exit?.code !== 0) signal.throwIfAborted();
    if (bounded.isTooMuch) return { code: null, signal: null, outputFault: bounded.fault };
    if (end.exit === null) throw lostFault(machine, lost);
    return { ...end.exit, outputFault: null };
  } finally {
    cancelClose();
    signal.removeEventListener('abort', stop);
    await end.close(connection.lost);
  }
}

function openChannel(
  connection: Connection,
  command: string,
  { machine, timers }: RemoteRequest,
): Promise<ClientChannel> {
  return openSession<ClientChannel>(connection, { machine, timers }, (done) =>
    connection.client.exec(command, done),
  );
}
