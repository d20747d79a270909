/** What a program may write to standard output in one call: some ten thousand resources. Bytes. */
export const OUTPUT_BYTES_MAX = 8 * 1_024 * 1_024;

/** What a program writes to standard output, up to `OUTPUT_BYTES_MAX` bytes. */
export class AnswerBytes {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  /** Is there room for it? */
  add(chunk: Buffer): boolean {
    if (this.#size + chunk.length > OUTPUT_BYTES_MAX) return false;
    this.#size += chunk.length;
    this.#chunks.push(chunk);
    return true;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
