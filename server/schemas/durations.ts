import { formatDuration, invariant, parseDuration, refuseInput } from '@poolkeeper/core';

/** The milliseconds of a duration that its schema has let through. Errors: `invalid_input` for one of no length. */
export function requireDurationMs(text: string, pointer: string): number {
  const durationMs = parseDuration(text);
  invariant(durationMs !== undefined, 'a duration that is none came through its schema');
  if (durationMs > 0) return durationMs;
  throw refuseInput(pointer, `${pointer.slice(pointer.lastIndexOf('/') + 1)} has to be more than 0`);
}

/** How long a request wishes to wait, in milliseconds. Errors: `invalid_input` over the bound. */
export function requireWaitMs(text: string | undefined, pointer: string, waitMsMax: number): number {
  if (text === undefined) return 0;
  const waitMs = parseDuration(text);
  invariant(waitMs !== undefined, 'a duration that is none came through its schema');
  if (waitMs <= waitMsMax) return waitMs;
  throw refuseInput(
    pointer,
    `wait is at most ${formatDuration(waitMsMax)}; repeat the request to wait longer`,
  );
}
