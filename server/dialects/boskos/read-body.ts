import type { IncomingMessage } from 'node:http';
import { BoskosError } from './errors.ts';

/** Bytes of a body; what is kept with a resource is some kilobytes. */
export const BODY_BYTES_MAX = 1_048_576;
/** What is read of a body that is too large, so that its client comes to read the answer; the connection of a larger one is cut. */
const DISCARDED_BYTES_MAX = 16 * BODY_BYTES_MAX;

/**
 * Reads a body whatever it says that it is.
 *
 * Errors: 413 for one that is too large, 400 for one that breaks off.
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // The connection is still needed for the answer, so the stream must outlive the loop.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > DISCARDED_BYTES_MAX) break;
      if (size <= BODY_BYTES_MAX) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch (cause) {
    // A client that goes away is no error of ours.
    throw new BoskosError(400, 'The body has no end: the client went away.', { cause });
  }
  if (size > BODY_BYTES_MAX)
    throw new BoskosError(413, `The body is too large: send at most ${BODY_BYTES_MAX} bytes of user data.`);
  return Buffer.concat(chunks).toString('utf8');
}
