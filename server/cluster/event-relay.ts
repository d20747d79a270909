/** Bytes of one message of an event stream that are held back until its end; a longer one is passed on as it comes. */
export const MESSAGE_BYTES_MAX = 1_048_576;

const END = '\n\n';
const ID = 'id: ';
const NOTHING = Buffer.alloc(0);

/**
 * What of an event stream may be passed on, and how far it is: whole messages alone, so that another replica can go on behind them.
 */
export class EventRelay {
  #rest: Buffer = NOTHING;
  #lastId: string | undefined;
  #isWhole = true;

  /** The number of the last message that was passed on; undefined before the first. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** False once a part of a message was passed on: nobody can go on behind it. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Takes what came, and answers what is passed on now. */
  take(chunk: Buffer): Buffer {
    const known = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    // The end of a message may be split between two chunks, so the last byte that was known is looked at again.
    const at = known.lastIndexOf(END);
    const end = at === -1 ? 0 : at + END.length;
    const whole = known.subarray(0, end);
    this.#rest = known.subarray(end);
    this.#remember(whole);
    if (this.#rest.length <= MESSAGE_BYTES_MAX) return whole;
    this.#isWhole = false;
    this.#rest = NOTHING;
    return known;
  }

  /** Another replica begins anew: what was held back comes again. */
  restart(): void {
    this.#rest = NOTHING;
  }

  #remember(whole: Buffer): void {
    const after = whole.lastIndexOf(`\n${ID}`);
    const start = after !== -1 ? after + 1 : whole.indexOf(ID) === 0 ? 0 : undefined;
    if (start === undefined) return;
    this.#lastId = whole.toString('latin1', start + ID.length, whole.indexOf('\n', start));
  }
}
