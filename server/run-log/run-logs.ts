import type { Logger } from '../logger.ts';
import type { RunLogEntry, RunLogQuery, RunLogStore } from '../store/run-log-contract.ts';
import type { CancelTimer, Clock, Timers } from '../timers.ts';
import { AttemptText } from './attempt-text.ts';
import type { LogStream } from './attempt-text.ts';

/** What comes within this time is written down together. Milliseconds. */
const GATHER_MS = 200;
/** What comes in a row from one stream is one entry, up to so much. Bytes. */
const ENTRY_BYTES_MAX = 16 * 1_024;
/** The log of one run; what comes after is left out, and a note says so. Bytes. */
export const RUN_LOG_BYTES_MAX = 1_024 * 1_024;
/** What waits to be written down, of all runs; past it, output is lost to the log while the store is slow. Bytes. */
const WAITING_BYTES_MAX = 16 * 1_024 * 1_024;
/** Runs whose end is remembered, so that it is not read again for each entry. */
const ENDS_KNOWN_MAX = 1_000;

const FULL = `The log of this run is full (${RUN_LOG_BYTES_MAX / 1_024 / 1_024} MiB); what its steps put out from here on is not in it.\n`;

type Attempt = {
  readonly run: string;
  readonly index: number;
  readonly name: string;
  readonly attempt: number;
};
type Waiting = Attempt & { readonly stream: LogStream; text: string; bytes: number };

/**
 * The logs of runs: what steps put out goes through here to the store, in small batches and bounded, and whoever follows a
 * run hears when there is more to read. What is read is what the store has.
 */
export class RunLogs implements AsyncDisposable {
  readonly #parts: { store: RunLogStore; clock: Clock; timers: Timers; logger: Logger };
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #lostBytes = 0;
  readonly #ends = new Map<string, { seq: number; total: number }>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #cancelTimer: CancelTimer | undefined;
  #writing: Promise<void> | undefined;

  constructor(parts: { store: RunLogStore; clock: Clock; timers: Timers; logger: Logger }) {
    this.#parts = parts;
  }

  /** Where the output of one attempt goes. `close` resolves when it is written down, or the store failed. */
  open(attempt: Attempt): {
    write(stream: LogStream, chunk: Uint8Array): void;
    close(): Promise<void>;
  } {
    const text = new AttemptText((stream, piece) => this.#add(attempt, stream, piece));
    return {
      write: (stream, chunk) => text.write(stream, chunk),
      close: () => {
        text.end();
        return this.flush();
      },
    };
  }

  /** Entries of a run, in order. Errors: `StoreFailure`. */
  read(query: RunLogQuery): Promise<readonly RunLogEntry[]> {
    return this.#parts.store.read(query);
  }

  /** Calls back when there is more of a run to read. The answer ends that. */
  follow(run: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(run) ?? new Set();
    this.#listeners.set(run, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(run);
    };
  }

  /** Resolves when everything that came before is written down, or the store failed. Never rejects. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#waiting.length > 0) await this.#write();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    this.#cancelTimer?.();
  }

  #add(attempt: Attempt, stream: LogStream, text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      if (this.#lostBytes === 0) {
        this.#parts.logger.warn(
          { run: attempt.run },
          'the store is too slow for the logs of runs; output is left out of them',
        );
      }
      this.#lostBytes += bytes;
      return;
    }
    this.#waitingBytes += bytes;
    const last = this.#waiting.at(-1);
    if (last !== undefined && isSame(last, attempt, stream) && last.bytes + bytes <= ENTRY_BYTES_MAX) {
      last.text += text;
      last.bytes += bytes;
    } else {
      this.#waiting.push({ ...attempt, stream, text, bytes });
    }
    this.#arm();
  }

  #arm(): void {
    this.#cancelTimer ??= this.#parts.timers.set(GATHER_MS, () => {
      this.#cancelTimer = undefined;
      void this.flush();
    });
  }

  /** One batch at a time; whoever comes meanwhile is in the next one. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeBatch().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#lostBytes = 0;
    try {
      const entries = await this.#number(batch);
      if (entries.length > 0) await this.#parts.store.append(entries);
      for (const run of new Set(entries.map((entry) => entry.run))) this.#tell(run);
      this.#waitingBytes -= batch.reduce((sum, { bytes }) => sum + bytes, 0);
    } catch (error) {
      // Nothing of it was written: it goes with the next one.
      this.#waiting = [...batch, ...this.#waiting];
      for (const { run } of batch) this.#ends.delete(run);
      this.#parts.logger.warn({ err: error }, 'the logs of runs could not be written down');
      this.#arm();
    }
  }

  async #number(batch: readonly Waiting[]): Promise<RunLogEntry[]> {
    const at = this.#parts.clock.now();
    const entries: RunLogEntry[] = [];
    for (const { run, index, name, attempt, stream, text, bytes } of batch) {
      const end = await this.#endOf(run);
      if (end.total >= RUN_LOG_BYTES_MAX) continue;
      const isFull = end.total + bytes >= RUN_LOG_BYTES_MAX;
      end.seq += 1;
      end.total = isFull ? RUN_LOG_BYTES_MAX : end.total + bytes;
      const said = isFull ? ({ stream: 'note', text: FULL } as const) : { stream, text };
      entries.push({ run, seq: end.seq, at, step: index, name, attempt, ...said, total: end.total });
    }
    return entries;
  }

  async #endOf(run: string): Promise<{ seq: number; total: number }> {
    const known = this.#ends.get(run);
    if (known !== undefined) return known;
    const end = { ...(await this.#parts.store.endOf(run)) };
    const [oldest] = this.#ends.keys();
    if (this.#ends.size >= ENDS_KNOWN_MAX && oldest !== undefined) this.#ends.delete(oldest);
    this.#ends.set(run, end);
    return end;
  }

  #tell(run: string): void {
    for (const listener of this.#listeners.get(run) ?? []) listener();
  }
}

function isSame(one: Waiting, { run, index, attempt }: Attempt, stream: LogStream): boolean {
  return one.run === run && one.index === index && one.attempt === attempt && one.stream === stream;
}
