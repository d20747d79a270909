/** Tells those who wait that this replica stops. A signal would warn of so many listeners. */
export class Leaving {
  readonly #listeners = new Set<() => void>();
  #isLeaving = false;

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Calls back when it begins. The answer takes the wish back. */
  whenBegun(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  begin(): void {
    this.#isLeaving = true;
    for (const listener of this.#listeners) listener();
  }
}
