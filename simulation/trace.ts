import { createHash } from 'node:crypto';

/** Lines that a failure shows of what happened last. */
const TAIL_LINES_MAX = 60;

/** What happened in a run, in order: a digest of everything, and the last lines for people. */
export class Trace {
  readonly #digest = createHash('sha256');
  readonly #tail: string[] = [];
  readonly #echo: ((line: string) => void) | undefined;

  constructor(echo?: (line: string) => void) {
    this.#echo = echo;
  }

  add(line: string): void {
    this.#digest.update(line).update('\n');
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES_MAX) this.#tail.shift();
    this.#echo?.(line);
  }

  get tail(): readonly string[] {
    return this.#tail;
  }

  /** Equal for two runs in which the same happened in the same order. */
  hash(): string {
    return this.#digest.copy().digest('hex');
  }
}
