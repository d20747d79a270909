import { createHash } from 'node:crypto';

/** Lines that a failure shows of what happened last. */
const TAIL_LINES_MAX = 60;
/** Characters that wait for the digest. */
const UNDIGESTED_LENGTH_MAX = 65_536;

/** What happened in a run, in order: a digest of everything, and the last lines for people. */
export class Trace {
  readonly #digest = createHash('sha256');
  /** Lines that the digest does not know yet: many at once are cheaper than one by one. */
  #undigested = '';
  readonly #tail: string[] = [];
  readonly #echo: ((line: string) => void) | undefined;

  constructor(echo?: (line: string) => void) {
    this.#echo = echo;
  }

  add(line: string): void {
    this.#undigested += `${line}\n`;
    if (this.#undigested.length > UNDIGESTED_LENGTH_MAX) this.#digestAll();
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES_MAX) this.#tail.shift();
    this.#echo?.(line);
  }

  get tail(): readonly string[] {
    return this.#tail;
  }

  /** Equal for two runs in which the same happened in the same order. */
  hash(): string {
    this.#digestAll();
    return this.#digest.copy().digest('hex');
  }

  #digestAll(): void {
    this.#digest.update(this.#undigested);
    this.#undigested = '';
  }
}
