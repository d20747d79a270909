import type { StepTools } from './contract.ts';

/** What the work of one attempt may put out. Bytes. */
export const OUTPUT_BYTES_MAX = 64 * 1_024 * 1_024;

/** Hands on the output of an attempt until it is too much, and says so once. */
export class BoundedOutput {
  readonly #output: StepTools['output'];
  readonly #bytesMax: number;
  readonly #onTooMuch: () => void;
  #bytes = 0;

  constructor(input: {
    readonly output: StepTools['output'];
    readonly bytesMax: number;
    readonly onTooMuch: () => void;
  }) {
    this.#output = input.output;
    this.#bytesMax = input.bytesMax;
    this.#onTooMuch = input.onTooMuch;
  }

  get isTooMuch(): boolean {
    return this.#bytes > this.#bytesMax;
  }

  write(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    if (this.isTooMuch) return;
    const room = this.#bytesMax - this.#bytes;
    this.#bytes += chunk.length;
    if (room > 0) this.#output(stream, chunk.length <= room ? chunk : chunk.subarray(0, room));
    if (this.isTooMuch) this.#onTooMuch();
  }

  /** For people. */
  get fault(): string {
    const mebibytes = this.#bytesMax / 1_024 / 1_024;
    return `It put out more than ${mebibytes} MiB and was ended. Let it say less, or write into a file of its own.`;
  }
}
