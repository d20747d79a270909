import type { ServerResponse } from 'node:http';
import type { Keeper } from '../keeper/contract.ts';
import type { RunLogs } from '../run-log/run-logs.ts';
import type { Timers } from '../timers.ts';
import { SseWriter } from './sse-writer.ts';
import { viewRunLogEntry } from './views/run-log.ts';

/** Entries that are read from the store at once. */
const PAGE_ENTRIES = 100;

export type RunLogStreamInput = {
  readonly keeper: Pick<Keeper, 'subscribe' | 'read' | 'findToken'>;
  readonly runLogs: Pick<RunLogs, 'read' | 'follow'>;
  readonly timers: Timers;
  readonly response: ServerResponse;
  readonly run: string;
  /** The number of the last entry that the client has. */
  readonly after: number;
  readonly token: { readonly id: string; readonly hash: string };
};

/**
 * One client that follows what a run puts out, as server-sent events: what is there already first, then what comes, and an
 * `end` when the run is over and all of it was sent.
 *
 * Everything is read from the store; who follows only hears that there is more, so a slow client costs nothing.
 */
export class RunLogStream {
  readonly #input: RunLogStreamInput;
  readonly #writer: SseWriter;
  #cursor: number;
  #isNewsThere = true;
  #wake: () => void = () => {};

  constructor(input: RunLogStreamInput) {
    this.#input = input;
    this.#writer = new SseWriter(input);
    this.#cursor = input.after;
  }

  /** Serves the client until it goes, is cut, the run is over, or `close` is called. Never rejects. */
  async run(): Promise<void> {
    const { keeper, runLogs, run } = this.#input;
    const { signal } = this.#writer;
    const notice = (): void => {
      this.#isNewsThere = true;
      this.#wake();
    };
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    const unfollow = runLogs.follow(run, notice);
    const unsubscribe = keeper.subscribe((events) => {
      for (const { type, data } of events) {
        if (type === 'token.revoked' && data['id'] === this.#input.token.id) return this.close();
        if (type === 'run.ended' && data['run'] === run) notice();
      }
    });
    try {
      this.#writer.open(() => this.#cursor);
      while (!signal.aborted) {
        this.#isNewsThere = false;
        // Asked before the last read: what the run put out was written down before it ended.
        const isLive = await keeper.read((world) => world.runs.has(run));
        await this.#catchUp();
        if (!isLive) return await this.#writer.write('event: end\ndata: {}\n\n');
        await this.#news();
      }
    } catch {
      // The store cannot be read now, or the client cannot be written to: it comes again with what it has.
    } finally {
      unfollow();
      unsubscribe();
      this.#writer.end();
    }
  }

  /** Ends the stream. The client keeps its place and may come again. */
  close(): void {
    this.#writer.close();
  }

  /** Ends the stream because this server ends. */
  leave(): void {
    this.#writer.leave();
  }

  async #catchUp(): Promise<void> {
    const { runLogs, run } = this.#input;
    while (!this.#writer.signal.aborted) {
      const entries = await runLogs.read({ run, after: this.#cursor, limit: PAGE_ENTRIES });
      for (const entry of entries) {
        this.#cursor = entry.seq;
        const data = JSON.stringify(viewRunLogEntry(entry));
        await this.#writer.write(`id: ${entry.seq}\nevent: output\ndata: ${data}\n\n`);
      }
      if (entries.length < PAGE_ENTRIES) return;
    }
  }

  #news(): Promise<void> {
    if (this.#isNewsThere || this.#writer.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
