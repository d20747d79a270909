import { request } from 'node:http';
import { connect } from 'node:net';
import type { Timers } from '../../timers.ts';
import type { ReadyCheck } from './template.ts';

/** How long one look at a process may take. Milliseconds. */
export const CHECK_MS_MAX = 1_000;

/** The first status that says that a server is there, but not well. */
const SICK_STATUS_MIN = 500;

/** Does the process answer as its template says? Never rejects; no answer in time, or an aborted signal, is a no. */
export function isReady(
  check: ReadyCheck,
  target: { readonly host: string; readonly port: number },
  options: { readonly timers: Timers; readonly signal: AbortSignal },
): Promise<boolean> {
  return new Promise((resolve) => {
    const abort = new AbortController();
    const onAbort = (): void => answer(false);
    const cancelTimer = options.timers.set(CHECK_MS_MAX, onAbort);
    options.signal.addEventListener('abort', onAbort, { once: true });
    function answer(isWell: boolean): void {
      cancelTimer();
      options.signal.removeEventListener('abort', onAbort);
      resolve(isWell);
      abort.abort();
    }
    if (options.signal.aborted) answer(false);
    else if (check.kind === 'tcp') askTcp(target, abort.signal, answer);
    else askHttp({ ...target, path: check.path }, abort.signal, answer);
  });
}

type Answer = (isWell: boolean) => void;

function askTcp(target: { host: string; port: number }, signal: AbortSignal, answer: Answer): void {
  const socket = connect({ ...target, signal });
  socket.once('connect', () => answer(true));
  socket.on('error', () => answer(false));
}

function askHttp(
  target: { host: string; port: number; path: string },
  signal: AbortSignal,
  answer: Answer,
): void {
  // Without an agent each look has a connection of its own, so that none stays open to a process that is to end.
  const asking = request({ ...target, agent: false, signal, headers: { 'user-agent': 'poolkeeper' } });
  asking.once('response', (response) => {
    response.on('error', () => {});
    response.resume();
    answer((response.statusCode ?? SICK_STATUS_MIN) < SICK_STATUS_MIN);
  });
  asking.on('error', () => answer(false));
  asking.end();
}
