import type { ServerResponse } from 'node:http';
import type { Keeper } from '../keeper/contract.ts';
import type { Timers } from '../timers.ts';
import { handOn } from './hand-on.ts';

/** A comment goes out so often, so that nobody on the way takes the silence for an end. Milliseconds. */
export const HEARTBEAT_MS = 15_000;
/** A client that takes nothing for so long is cut; it comes again with `Last-Event-ID`. Milliseconds. */
export const BLOCKED_MS_MAX = 30_000;
/** What a client waits before it comes again, in milliseconds. */
const RETRY_MS = 2_000;

export type SseWriterInput = {
  readonly keeper: Pick<Keeper, 'findToken'>;
  readonly timers: Timers;
  readonly response: ServerResponse;
  /** Who listens; a revoked token is cut off. */
  readonly token: { readonly id: string; readonly hash: string };
};

/** The line to one client that listens to server-sent events: it ends when the client goes, is cut, or `close` is called. */
export class SseWriter {
  readonly #input: SseWriterInput;
  readonly #end = new AbortController();
  #place: () => number = () => 0;
  #isLeaving = false;

  constructor(input: SseWriterInput) {
    this.#input = input;
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /**
   * Tells the place where the client is, from the beginning and as often as its line is shown to be alive: the number of the last
   * message that it has.
   */
  open(place: () => number): void {
    const { response } = this.#input;
    this.#place = place;
    response.once('close', this.#onClose);
    response.write(`retry: ${RETRY_MS}\n${this.#placeText()}`);
    this.#beat();
  }

  /** Resolves when the client has taken what was written, or the line ends. */
  async write(text: string): Promise<void> {
    if (text !== '' && !this.#input.response.write(text)) await this.#drained();
  }

  /** Ends the line. The client keeps its place and may come again. */
  close(): void {
    this.#end.abort();
  }

  /** Ends the line because this server ends: another replica may go on with it. */
  leave(): void {
    this.#isLeaving = true;
    this.close();
  }

  /** Hangs up. */
  end(): void {
    this.close();
    this.#stopBeating();
    this.#input.response.removeListener('close', this.#onClose);
    if (this.#isLeaving && handOn(this.#input.response, this.#place())) return;
    this.#input.response.end();
  }

  /** A place without an event: what a client then sends as `Last-Event-ID`. */
  #placeText(): string {
    return `id: ${this.#place()}\n\n`;
  }

  readonly #onClose = (): void => this.close();
  #stopBeating: () => void = () => {};

  /** Resolves when the client has taken what was written, or the line ends; cuts a client that takes too long. */
  #drained(): Promise<void> {
    const { response, timers } = this.#input;
    const { signal } = this.#end;
    return new Promise((resolve) => {
      // The client may have gone while the store was read: then nothing drains and nothing aborts any more.
      if (signal.aborted) return resolve();
      const done = (): void => {
        cancel();
        response.removeListener('drain', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = timers.set(BLOCKED_MS_MAX, () => {
        response.destroy();
        this.close();
      });
      response.once('drain', done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** Tells the client that the line is alive, and looks whether its token is. */
  #beat(): void {
    const { timers, keeper, response, token } = this.#input;
    const beat = (): void => {
      if (keeper.findToken(token.hash) === undefined) return this.close();
      if (!response.writableNeedDrain) response.write(`: alive\n${this.#placeText()}`);
      this.#stopBeating = timers.set(HEARTBEAT_MS, beat);
    };
    this.#stopBeating = timers.set(HEARTBEAT_MS, beat);
  }
}
