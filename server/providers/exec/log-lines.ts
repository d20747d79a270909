import { StringDecoder } from 'node:string_decoder';

/** Lines of one call that are passed on, and characters of one line. */
export const LOG_LINES_MAX = 200;
export const LOG_LINE_LENGTH_MAX = 1_000;
/** How much of one line is read at all; a secret within is recognized as a whole only. Characters. */
const READ_LENGTH_MAX = 16_384;
/** Of the last lines, so many, in so many characters, go into the message of an error. */
const LAST_LINES_MAX = 5;
const LAST_LENGTH_MAX = 320;
/** Colours and other control characters of terminals. */
// oxlint-disable-next-line no-control-regex -- these characters are what it looks for
const CONTROL = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Takes what a program writes to standard error, line by line and bounded, however much it is. */
export class LogLines {
  readonly #pass: (line: string) => void;
  readonly #mask: (text: string) => string;
  readonly #decoder = new StringDecoder('utf8');
  readonly #last: string[] = [];
  #open = '';
  #count = 0;

  /** `mask` hides what is secret in a line before it goes anywhere. */
  constructor(pass: (line: string) => void, mask: (text: string) => string) {
    this.#pass = pass;
    this.#mask = mask;
  }

  take(chunk: Buffer): void {
    const parts = (this.#open + this.#decoder.write(chunk)).split('\n');
    this.#open = (parts.pop() ?? '').slice(0, READ_LENGTH_MAX);
    for (const part of parts) this.#takeLine(part);
  }

  end(): void {
    this.#takeLine(this.#open + this.#decoder.end());
    this.#open = '';
  }

  /** The last lines as people are told them, or an empty text: the newest in any case, older ones as far as there is room. */
  last(): string {
    let length = 0;
    const kept: string[] = [];
    for (const line of this.#last.toReversed()) {
      length += line.length + 1;
      if (kept.length > 0 && length > LAST_LENGTH_MAX) break;
      kept.unshift(line.slice(0, LAST_LENGTH_MAX));
    }
    return kept.join('\n');
  }

  #takeLine(raw: string): void {
    const line = this.#mask(raw.slice(0, READ_LENGTH_MAX)).replaceAll(CONTROL, '').trimEnd();
    if (line.trim() === '') return;
    this.#last.push(line.slice(0, LOG_LINE_LENGTH_MAX));
    if (this.#last.length > LAST_LINES_MAX) this.#last.shift();
    this.#count += 1;
    if (this.#count <= LOG_LINES_MAX) this.#pass(line.slice(0, LOG_LINE_LENGTH_MAX));
    else if (this.#count === LOG_LINES_MAX + 1)
      this.#pass(`… it says more than ${LOG_LINES_MAX} lines; the rest is left out`);
  }
}
