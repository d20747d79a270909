import type { Change, LiveLease } from '@poolkeeper/core';
import type { Timers } from '../timers.ts';

/** Is there something to wait for: a grant, or the preparation of what was granted? */
export function isWaiting(lease: Pick<LiveLease, 'status'> | undefined): boolean {
  return lease?.status === 'queued' || lease?.status === 'preparing';
}

/** Those who wait until a lease is active, or over: what is granted and still being prepared is of no use to its holder. */
export class LeaseWaiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls back once when the lease waits no longer. The answer takes the wish back. */
  add(leaseId: string, callback: () => void): () => void {
    const callbacks = this.#waiting.get(leaseId) ?? new Set();
    this.#waiting.set(leaseId, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0) this.#waiting.delete(leaseId);
    };
  }

  /** Resolves when the lease waits no longer, or after `waitMs` milliseconds, or when the signal aborts. */
  until(
    leaseId: string,
    wait: { readonly waitMs: number; readonly signal: AbortSignal | undefined; readonly timers: Timers },
  ): Promise<void> {
    const { waitMs, signal, timers } = wait;
    return new Promise<void>((resolve) => {
      const done = (): void => {
        forget();
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const forget = this.add(leaseId, done);
      const cancel = timers.set(waitMs, done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  /** Looks through what a commit made durable. */
  notice(changes: readonly Change[]): void {
    if (this.#waiting.size === 0) return;
    for (const change of changes) {
      if (change.kind === 'lease' && !isWaiting(change.after)) this.#wake(change.id);
    }
  }

  wakeAll(): void {
    for (const id of this.#waiting.keys()) this.#wake(id);
  }

  #wake(leaseId: string): void {
    const callbacks = this.#waiting.get(leaseId);
    if (callbacks === undefined) return;
    this.#waiting.delete(leaseId);
    for (const callback of callbacks) callback();
  }
}
