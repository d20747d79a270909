import type { StepLog } from '@poolkeeper/server';

/** Output that one request carries, and that waits at most while the server does not answer; bytes. */
const REQUEST_BYTES_MAX = 256 * 1_024;
const HELD_BYTES_MAX = 4 * 1_024 * 1_024;
const CHUNKS_MAX = 64;

type Stream = Parameters<StepLog['write']>[0];
export type SentChunk = { readonly seq: number; readonly stream: Stream; readonly data: string };
type Held = { readonly stream: Stream; bytes: Buffer };

/**
 * What a step puts out, on its way to the server: in order, one request at a time, what comes meanwhile gathered into the next.
 *
 * While the server is away output is held up to a bound; what comes beyond it is left out, which a note says.
 */
export class OutputSender implements StepLog {
  readonly #send: (chunks: readonly SentChunk[]) => Promise<void>;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #leftOutBytes = 0;
  #seq = 0;
  #sending: Promise<void> | undefined;
  #isDead = false;

  /** `send` tries until the server has it, and rejects when nobody wants it any more. */
  constructor(send: (chunks: readonly SentChunk[]) => Promise<void>) {
    this.#send = send;
  }

  write(stream: Stream, chunk: Uint8Array): void {
    if (this.#isDead || chunk.length === 0) return;
    if (stream !== 'note' && this.#heldBytes + chunk.length > HELD_BYTES_MAX) {
      this.#leftOutBytes += chunk.length;
      return;
    }
    this.#hold(stream, chunk);
    this.#sending ??= this.#drain();
  }

  /** Resolves when all is sent, or nobody wants it. */
  async close(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
  }

  #hold(stream: Stream, chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += REQUEST_BYTES_MAX) {
      this.#held.push({ stream, bytes: Buffer.from(chunk.subarray(at, at + REQUEST_BYTES_MAX)) });
    }
    this.#heldBytes += chunk.length;
  }

  async #drain(): Promise<void> {
    // What comes in the same turn goes along.
    await Promise.resolve();
    try {
      while (this.#held.length > 0) {
        await this.#send(this.#take());
        if (this.#held.length === 0 && this.#leftOutBytes > 0) this.#noteLeftOut();
      }
    } catch {
      this.#isDead = true;
      this.#held.length = 0;
      this.#heldBytes = 0;
    } finally {
      this.#sending = undefined;
    }
  }

  #take(): SentChunk[] {
    const chunks: SentChunk[] = [];
    let bytes = 0;
    while (this.#held.length > 0 && chunks.length < CHUNKS_MAX) {
      const next = this.#held[0] as Held;
      if (bytes > 0 && bytes + next.bytes.length > REQUEST_BYTES_MAX) break;
      this.#held.shift();
      bytes += next.bytes.length;
      chunks.push({ seq: (this.#seq += 1), stream: next.stream, data: next.bytes.toString('base64') });
    }
    this.#heldBytes -= bytes;
    return chunks;
  }

  #noteLeftOut(): void {
    const note = `${this.#leftOutBytes} bytes are left out here: the server was away, and the runner held no more.\n`;
    this.#leftOutBytes = 0;
    this.#hold('note', Buffer.from(note));
  }
}
