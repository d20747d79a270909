/** How much of the end of an output is kept for the message of an error. Bytes. */
const KEPT_BYTES_MAX = 2_048;
const LINES_MAX = 3;
const LENGTH_MAX = 300;
/** Colours and other control characters of terminals. */
// oxlint-disable-next-line no-control-regex -- these characters are what it looks for
const CONTROL = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0009\u000b-\u001f\u007f]/g;

/** Remembers the end of an output, however much it is. */
export class LastLines {
  #kept = Buffer.alloc(0);

  take(chunk: Uint8Array): void {
    const end = chunk.subarray(Math.max(0, chunk.length - KEPT_BYTES_MAX));
    this.#kept = Buffer.concat([this.#kept, end]).subarray(-KEPT_BYTES_MAX);
  }

  /** As a sentence for people. */
  describe(): string {
    const lines = this.#kept
      .toString('utf8')
      .replaceAll(CONTROL, '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    if (lines.length === 0) return 'It wrote nothing.';
    return `It wrote last: ${lines.slice(-LINES_MAX).join(' | ').slice(-LENGTH_MAX)}`;
  }
}
