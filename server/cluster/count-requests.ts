import type { RequestListener, ServerResponse } from 'node:http';
import { handOnOf, offerHandOn } from '../http/hand-on.ts';
import { sleep } from '../timers.ts';
import type { Timers } from '../timers.ts';

/** How often it is looked whether everything was answered, in milliseconds. */
const LOOK_MS = 10;
/** Answered when another replica keeps: whoever drains for that would wait for itself. */
const UNCOUNTED = /^\/v1\/cluster\/step-down(?:[?#]|$)/;

export type CountedRequests = {
  readonly listener: RequestListener;
  /** Requests that have no answer yet. */
  count(): number;
  /** Resolves when all that were taken are answered, handed on or given up, and after `waitMs` in any case. */
  untilAnswered(timers: Timers, waitMs: number): Promise<void>;
};

/** Counts what an application has taken and not answered yet, whichever listener it came through. */
export function countRequests(listener: RequestListener): CountedRequests {
  const open = new Set<ServerResponse>();
  return {
    listener: (request, response) => {
      if (!UNCOUNTED.test(request.url ?? '')) count(open, response);
      listener(request, response);
    },
    count: () => open.size,
    untilAnswered: async (timers, waitMs) => {
      for (let waitedMs = 0; open.size > 0 && waitedMs < waitMs; waitedMs += LOOK_MS)
        await sleep(timers, LOOK_MS);
    },
  };
}

function count(open: Set<ServerResponse>, response: ServerResponse): void {
  open.add(response);
  response.once('close', () => open.delete(response));
  const handOn = handOnOf(response);
  if (handOn === undefined) return;
  offerHandOn(response, (lastEventId) => {
    const isTaken = handOn(lastEventId);
    if (isTaken) open.delete(response);
    return isTaken;
  });
}
