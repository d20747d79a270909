import type { ServerResponse } from 'node:http';

/** Does something for a client; the signal aborts when it goes away. */
export async function whileThere<T>(
  response: ServerResponse,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  if (response.destroyed || response.socket?.destroyed === true) leave();
  response.once('close', leave);
  try {
    return await work(gone.signal);
  } finally {
    response.removeListener('close', leave);
  }
}
