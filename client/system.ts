/** What the client has of the world around it. Tests hand in their own; everybody else has the one of the platform. */
export type System = {
  /** Milliseconds since any beginning; only differences count. */
  readonly now: () => number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it aborts. */
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  /** A key that nobody else has. */
  readonly newKey: () => string;
};

/** The longest time that a timer of the platform takes, in milliseconds: longer ones would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Clock, timers and chance as browsers and Node have them alike. */
export const platformSystem: System = {
  now: () => performance.now(),
  sleep,
  random: () => Math.random(),
  newKey,
};

const KEY_BYTES = 16;

/** `crypto.randomUUID` is not there on a page that came without TLS. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  for (let leftMs = delayMs; leftMs > 0; leftMs -= TIMER_MS_MAX)
    await wait(Math.min(leftMs, TIMER_MS_MAX), signal);
  signal?.throwIfAborted();
}

function wait(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const onAbort = (): void => {
      clearTimeout(timeout);
      reject(signal?.reason as Error);
    };
    const timeout = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
