/** Lets work on the same thing happen one after another, in the order in which it was asked for. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Does the work when all earlier work under the key has ended.
   *
   * Errors: what the work throws; the signal's reason when it aborts before the turn came.
   */
  async take<T>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const turn = (async () => {
      await before;
      signal.throwIfAborted();
      return work(signal);
    })();
    const quiet = turn.then(
      () => {},
      () => {},
    );
    this.#last.set(key, quiet);
    void quiet.then(() => {
      if (this.#last.get(key) === quiet) this.#last.delete(key);
    });
    return before === undefined ? turn : Promise.race([turn, rejectOnAbort(signal, quiet)]);
  }

  /** Resolves when no work is under way. */
  async ended(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}

/** Rejects when the signal aborts; forgets it when the work ends before. */
function rejectOnAbort(signal: AbortSignal, ended: Promise<void>): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void ended.then(() => signal.removeEventListener('abort', onAbort));
  });
}
