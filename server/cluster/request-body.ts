import { Refusal } from '@poolkeeper/core';
import type { IncomingMessage } from 'node:http';

/** Bytes of all bodies together that wait to be forwarded. */
export const BUFFERED_BYTES_MAX = 128 * 1_024 * 1_024;

/** Reads bodies whole, so that a request can be sent a second time; all of them together are bounded too. */
export class RequestBodies {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax = BUFFERED_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Reads the body of a request. `release` says that it is not needed any more.
   *
   * Errors: `body_too_large`; `too_many_requests` while others take all the room; `invalid_input` when it ends before its end.
   */
  async read(
    request: IncomingMessage,
    bytesMax: number,
  ): Promise<{ readonly body: Buffer; readonly release: () => void }> {
    requireShort(request, bytesMax);
    const chunks: Buffer[] = [];
    let taken = 0;
    const release = (): void => {
      this.#bytes -= taken;
      taken = 0;
    };
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        taken += chunk.length;
        this.#bytes += chunk.length;
        if (taken > bytesMax) throw tooLarge(bytesMax);
        if (this.#bytes > this.#bytesMax)
          throw new Refusal('too_many_requests', 'Too many large requests are on their way. Repeat it soon.');
        chunks.push(chunk);
      }
    } catch (error) {
      release();
      throw error instanceof Refusal
        ? error
        : new Refusal('invalid_input', 'The request could not be read to its end.', { cause: error });
    }
    return {
      body: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks),
      release,
    };
  }
}

/** Refuses a body that says itself that it is too large, before any of it is read. Errors: `body_too_large`. */
export function requireShort({ headers }: Pick<IncomingMessage, 'headers'>, bytesMax: number): void {
  if (Number(headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal('body_too_large', `The body may have ${bytesMax} bytes. Send less; split the request.`);
}
