import type { ClientChannel } from 'ssh2';
import type { CancelTimer, Timers } from '../../timers.ts';

/** How long the output of work that has ended may stay open without a word, since something that it started holds it. Milliseconds. */
const LINGER_MS = 500;
/** How long the machine may take to close its end. Milliseconds. */
const CLOSE_MS_MAX = 2_000;

/** How a program on a machine ended: by itself with a code, or by a signal such as SIGKILL. */
export type RemoteExit = { readonly code: number | null; readonly signal: string | null };

/** Waits for the end of a channel, and no longer than `LINGER_MS` of silence after the program said how it ended. */
export class ChannelEnd implements Disposable {
  /** Resolves when nothing more is to come, whether the program said how it ended or not. */
  readonly over: Promise<void>;
  readonly #channel: ClientChannel;
  readonly #closed: Promise<void>;
  readonly #timers: Timers;
  readonly #resolve: () => void;
  #exit: RemoteExit | null = null;
  #cancelLinger: CancelTimer = () => {};

  constructor(channel: ClientChannel, timers: Timers) {
    this.#channel = channel;
    this.#timers = timers;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#resolve = resolve;
    this.#closed = new Promise((close) => {
      channel.once('close', close);
    });
    void this.#closed.then(resolve);
    channel.once('exit', (code: number | null, signal?: string) => {
      this.#exit = { code, signal: signal ?? null };
      this.noteOutput();
    });
  }

  get exit(): RemoteExit | null {
    return this.#exit;
  }

  /** Output came: what is still on its way is waited for. */
  noteOutput(): void {
    if (this.#exit === null) return;
    this.#cancelLinger();
    this.#cancelLinger = this.#timers.set(LINGER_MS, this.#resolve);
  }

  /** Closes the channel and waits until the machine did too: before that it counts as a session there. */
  async close(lost: Promise<unknown>): Promise<void> {
    this.#channel.close();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#timers.set(CLOSE_MS_MAX, resolve);
    await Promise.race([this.#closed, lost, late]);
    cancel();
  }

  [Symbol.dispose](): void {
    this.#cancelLinger();
  }
}
