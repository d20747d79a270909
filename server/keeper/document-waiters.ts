import type { Change, DocumentKind } from '@poolkeeper/core';
import type { Timers } from '../timers.ts';

/** How long somebody waits: a time in milliseconds, and a signal that ends it sooner. */
type Wait = { readonly waitMs: number; readonly over: AbortSignal; readonly timers: Timers };

export type DocumentSubject = { readonly kind: DocumentKind; readonly id: string };

/**
 * Those who wait for a change of one document; each is called after every durable change of it, until it takes its wish
 * back. A callback only notes that there is something to look at: it changes nothing here.
 */
export class DocumentWaiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** The answer takes the wish back. */
  add({ kind, id }: DocumentSubject, callback: () => void): () => void {
    const key = keyOf(kind, id);
    const callbacks = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0) this.#waiting.delete(key);
    };
  }

  /**
   * Looks now, and after each change of the document, until the look answers something; undefined once the time or the wait is over.
   *
   * Errors: those of the look.
   */
  async until<T>(
    subject: DocumentSubject,
    look: () => Promise<T | undefined>,
    { waitMs, over, timers }: Wait,
  ): Promise<T | undefined> {
    const { promise: isOver, resolve } = Promise.withResolvers<void>();
    const cancel = timers.set(waitMs, resolve);
    const wake = (): void => resolve();
    over.addEventListener('abort', wake, { once: true });
    if (over.aborted) resolve();
    let hasTime = true;
    void isOver.then(() => (hasTime = false));
    try {
      for (;;) {
        const { promise: isChanged, resolve: change } = Promise.withResolvers<void>();
        using stack = new DisposableStack();
        stack.defer(this.add(subject, change));
        const seen = await look();
        if (seen !== undefined || !hasTime) return seen;
        await Promise.race([isChanged, isOver]);
      }
    } finally {
      cancel();
      over.removeEventListener('abort', wake);
    }
  }

  /** Looks through what a commit made durable. */
  notice(changes: readonly Change[]): void {
    if (this.#waiting.size === 0) return;
    for (const { kind, id } of changes) {
      for (const callback of this.#waiting.get(keyOf(kind, id)) ?? []) callback();
    }
  }

  /** The world was loaded anew: what was seen before may not have happened. */
  wakeAll(): void {
    for (const callbacks of this.#waiting.values()) for (const callback of callbacks) callback();
  }
}

function keyOf(kind: DocumentKind, id: string): string {
  return `${kind}/${id}`;
}
