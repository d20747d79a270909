import { StringDecoder } from 'node:string_decoder';

/** Of one attempt the beginning is kept as it comes, and of the rest the end. Bytes. */
export const HEAD_BYTES_MAX = 128 * 1_024;
export const TAIL_BYTES_MAX = 32 * 1_024;

export type LogStream = 'stdout' | 'stderr' | 'note';
type Piece = { readonly stream: LogStream; readonly text: string };

/**
 * What one attempt puts out, bounded: the beginning is given on at once, the end when it is over, and between them a note
 * says how much is left out. So a flood costs little memory, and the last words of a program are not lost to its first.
 */
export class AttemptText {
  readonly #pass: (stream: LogStream, text: string) => void;
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  #headBytes = 0;
  #tail: Piece[] = [];
  #tailBytes = 0;
  #leftOutBytes = 0;

  constructor(pass: (stream: LogStream, text: string) => void) {
    this.#pass = pass;
  }

  write(stream: LogStream, chunk: Uint8Array): void {
    this.#take({
      stream,
      text: stream === 'note' ? Buffer.from(chunk).toString('utf8') : this.#decoders[stream].write(chunk),
    });
  }

  end(): void {
    for (const stream of ['stdout', 'stderr'] as const)
      this.#take({ stream, text: this.#decoders[stream].end() });
    if (this.#leftOutBytes > 0) this.#pass('note', `${this.#leftOutBytes} bytes are left out here.\n`);
    for (const { stream, text } of this.#tail.splice(0)) this.#pass(stream, text);
  }

  #take(piece: Piece): void {
    if (piece.text === '') return;
    const bytes = Buffer.byteLength(piece.text);
    if (this.#tailBytes === 0 && this.#headBytes + bytes <= HEAD_BYTES_MAX) {
      this.#headBytes += bytes;
      this.#pass(piece.stream, piece.text);
      return;
    }
    this.#keepEnd(piece, bytes);
  }

  #keepEnd({ stream, text }: Piece, bytes: number): void {
    // A piece that is larger than the end has room for is cut between characters, roughly.
    const kept = bytes <= TAIL_BYTES_MAX ? text : text.slice(-Math.floor(TAIL_BYTES_MAX / 4));
    const keptBytes = Buffer.byteLength(kept);
    this.#leftOutBytes += bytes - keptBytes;
    this.#tail.push({ stream, text: kept });
    this.#tailBytes += keptBytes;
    while (this.#tailBytes > TAIL_BYTES_MAX) {
      const goneBytes = Buffer.byteLength(this.#tail.shift()?.text ?? '');
      this.#tailBytes -= goneBytes;
      this.#leftOutBytes += goneBytes;
    }
  }
}
