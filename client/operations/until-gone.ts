import { change } from '../api.ts';
import type { Api, ChangeOptions, Send } from '../api.ts';
import { ApiError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/**
 * Sends a removal. Null is gone: the server says so, or it did so before and its answer was lost.
 *
 * Errors: as `repeat`; `goneCode` too where it is the first answer: there was nothing to remove.
 */
export async function untilGone<T>(
  api: Api,
  send: Send<T | undefined>,
  { goneCode, ...options }: ChangeOptions & { readonly goneCode: ErrorCode },
): Promise<T | null> {
  let sent = 0;
  const count: Send<T | undefined> = (init) => {
    sent += 1;
    return send(init);
  };
  try {
    return (await change(api, count, options)) ?? null;
  } catch (error) {
    if (error instanceof ApiError && error.code === goneCode && sent > 1) return null;
    throw error;
  }
}
