import type { IncomingMessage } from 'node:http';
import { BoskosError } from './errors.ts';

/** Bytes of a body; what is kept with a resource is some kilobytes. */
export const BODY_BYTES_MAX = 1_048_576;

/**
 * Reads a body whatever it says that it is.
 *
 * Errors: 413 for one that is too large; the rest of it is not kept.
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > BODY_BYTES_MAX) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection is still needed for the answer, so the stream must outlive the loop.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(): BoskosError {
  return new BoskosError(413, `The body is too large: send at most ${BODY_BYTES_MAX} bytes of user data.`);
}
