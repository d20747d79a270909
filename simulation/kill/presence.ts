/** Whether there is a server to ask. Who was refused waits here, so that a busy start is not slowed down by knocking. */
export class Presence {
  #return = Promise.withResolvers<void>();

  /** The server takes work. */
  begin(): void {
    this.#return.resolve();
  }

  /** The server is about to end. */
  end(): void {
    this.#return = Promise.withResolvers<void>();
  }

  /** Resolves as soon as there is a server. */
  untilThere(): Promise<void> {
    return this.#return.promise;
  }
}
