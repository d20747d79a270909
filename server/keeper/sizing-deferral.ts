/** How long pools that changed wait for their size at most while commands come, in milliseconds. */
export const SIZING_DEFERRED_MS_MAX = 1_000;

/**
 * Says whether pools are brought towards their size now, or when fewer commands wait.
 *
 * A burst of requests is served first: what it takes from a pool is asked for again right after it, in a tick, so that nobody
 * in the burst waits for hundreds of new members to be written down. Under load without end that tick comes after
 * `SIZING_DEFERRED_MS_MAX` all the same, and others follow in their bounded steps until one leaves every pool settled. Nothing
 * is kept here but since when: which pools are unsettled the world knows, and a world that is loaded looks at all of them.
 */
export class SizingDeferral {
  #since: number | null = null;

  /** Does a command leave sizing to a tick? `waiting`: commands that are to be decided, itself included. */
  ofCommand(waiting: number): boolean {
    return waiting > 1;
  }

  /** Does a tick leave sizing to a later one? `waiting`: commands that are to be decided after it. */
  ofTick(waiting: number, now: number): boolean {
    const isOverdue = this.#since !== null && now - this.#since >= SIZING_DEFERRED_MS_MAX;
    return waiting > 0 && !isOverdue;
  }

  /** Takes how many pools a tick, or a batch of commands, left unsettled. */
  note(unsettledPools: number, now: number): void {
    if (unsettledPools === 0) this.#since = null;
    else this.#since ??= now;
  }
}
