import type { Change } from '@poolkeeper/core';

/** Those who wait until a lease leaves the queue, by being granted or by ending. */
export class LeaseWaiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls back once when the lease is no longer queued. The answer takes the wish back. */
  add(leaseId: string, callback: () => void): () => void {
    const callbacks = this.#waiting.get(leaseId) ?? new Set();
    this.#waiting.set(leaseId, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0) this.#waiting.delete(leaseId);
    };
  }

  /** Looks through what a commit made durable. */
  notice(changes: readonly Change[]): void {
    if (this.#waiting.size === 0) return;
    for (const change of changes) {
      if (change.kind === 'lease' && change.after?.status !== 'queued') this.#wake(change.id);
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
