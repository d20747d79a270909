import type { StepTools } from '../contract.ts';

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Takes apart what an engine sends of a container without a terminal: frames with a header of a stream's number and a length.
 *
 * A frame may be as long as it likes: its bytes are handed on as they come, and none are kept.
 */
export class Demultiplexer {
  readonly #output: StepTools['output'];
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  #restBytes = 0;

  constructor(output: StepTools['output']) {
    this.#output = output;
  }

  take(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#restBytes > 0) {
        const part = chunk.subarray(at, at + this.#restBytes);
        this.#output(this.#header[0] === STDERR ? 'stderr' : 'stdout', part);
        this.#restBytes -= part.length;
        at += part.length;
        continue;
      }
      const part = chunk.subarray(at, at + HEADER_BYTES - this.#headerBytes);
      this.#header.set(part, this.#headerBytes);
      this.#headerBytes += part.length;
      at += part.length;
      if (this.#headerBytes === HEADER_BYTES) {
        this.#headerBytes = 0;
        this.#restBytes = new DataView(this.#header.buffer).getUint32(4);
      }
    }
  }
}
