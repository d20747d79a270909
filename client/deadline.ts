import type { System } from './system.ts';

/** A signal that aborts when a time is over, or with another signal. Disposed, it does neither and holds nothing. */
export type Deadline = Disposable & {
  readonly signal: AbortSignal;
  /** Is it the time that was over, and not the other signal that aborted? */
  readonly isOver: boolean;
};

/** Starts a deadline; one in `Infinity` milliseconds never comes. `AbortSignal.any` and `.timeout` would keep what they follow alive, and hide a clock. */
export function startDeadline(system: Pick<System, 'sleep'>, delayMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const disposed = new AbortController();
  let isOver = false;
  const follow = (): void => controller.abort(outer?.reason);
  const expire = (): void => {
    isOver = true;
    controller.abort(new DOMException(`nothing came within ${delayMs / 1_000} s`, 'TimeoutError'));
  };
  if (outer?.aborted === true) follow();
  else outer?.addEventListener('abort', follow, { once: true });
  if (delayMs !== Infinity) void system.sleep(delayMs, disposed.signal).then(expire, () => {});
  return {
    signal: controller.signal,
    get isOver() {
      return isOver;
    },
    [Symbol.dispose]() {
      outer?.removeEventListener('abort', follow);
      disposed.abort();
    },
  };
}
