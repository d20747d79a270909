import type { Client } from 'pg';
import { StoreFailure } from '../contract.ts';
import type { Logger } from '../../logger.ts';
import { sleep } from '../../timers.ts';
import type { CancelTimer, Random, Timers } from '../../timers.ts';
import { connect } from './connect.ts';
import type { OpenClient } from './connect.ts';
import { ConnectionLost, isSurelyUndone } from './failure.ts';
import type { Target } from './target.ts';

/** How long to wait before the database is tried again: doubled each time, and up to as much more by chance. Milliseconds. */
const BACK_OFF_MS_MIN = 50;
const BACK_OFF_MS_MAX = 1_000;

/** What everything that talks to the database is handed. */
export type Ground = {
  readonly target: Target;
  readonly timers: Timers;
  /** Milliseconds since some moment, never set back. */
  readonly elapsed: () => number;
  readonly random: Random;
  readonly logger: Logger;
};

/** How long a use may wait for a connection, and for each thing that it does with it. Milliseconds. */
export type Patience = { readonly connectMs: number; readonly answerMs: number };

/**
 * One connection to the host that takes writes, made when it is needed and made anew when it broke. Its uses come one after another.
 */
export class Connection implements AsyncDisposable {
  readonly #ground: Ground;
  readonly #name: string;
  readonly #closing = new AbortController();
  #open: OpenClient | undefined;
  #host = 0;
  #failures = 0;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(ground: Ground, name: string) {
    this.#ground = ground;
    this.#name = name;
  }

  /** How many uses are under way or wait. */
  get load(): number {
    return this.#waiting;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /**
   * Uses the connection alone. A connection on which something broke, or was not answered in time, is not used again.
   *
   * Errors: those of `work`; `ConnectionLost` when no answer came in time; what connecting said last; `StoreFailure` once it is closed.
   */
  async use<T>(patience: Patience, work: (client: Client) => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const turn = this.#last.then(() => this.#useNow(patience, work));
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new StoreFailure('The store is closed.'));
    await this.#last;
    const { client } = this.#drop() ?? {};
    await client?.end().catch(() => undefined);
  }

  async #useNow<T>(patience: Patience, work: (client: Client) => Promise<T>): Promise<T> {
    this.#closing.signal.throwIfAborted();
    const open = await this.#connected(patience.connectMs);
    let cancel: CancelTimer = () => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#ground.timers.set(patience.answerMs, () => {
        open.cut();
        reject(new ConnectionLost(`the database did not answer within ${patience.answerMs} ms`));
      });
    });
    try {
      return await Promise.race([work(open.client), late]);
    } catch (error) {
      // Only what the server refused in words leaves the connection as it was.
      if (!isSurelyUndone(error) && !(error instanceof StoreFailure)) {
        this.#drop();
        open.cut();
      }
      throw error;
    } finally {
      cancel();
    }
  }

  async #connected(connectMs: number): Promise<OpenClient> {
    const { target, timers, elapsed, random, logger } = this.#ground;
    const until = elapsed() + connectMs;
    for (;;) {
      if (this.#open !== undefined) return this.#open;
      try {
        const { host, ...open } = await connect({ target, timers, name: this.#name, first: this.#host });
        if (this.#failures > 0 || host !== this.#host)
          logger.info({ database: target.name, host: target.hosts[host] }, 'connected to the database');
        this.#failures = 0;
        this.#host = host;
        this.#open = open;
        open.client.once('end', () => {
          if (this.#open === open) this.#open = undefined;
        });
        return open;
      } catch (error) {
        this.#failures += 1;
        if (this.#failures === 1)
          logger.warn({ err: error, database: target.name }, 'the database cannot be reached; trying again');
        // A host that lets us in no more may be the one that was good last.
        this.#host = (this.#host + 1) % target.hosts.length;
        const waitMs = backOffMs(this.#failures, random);
        if (elapsed() + waitMs > until) throw error;
        await sleep(timers, waitMs, this.#closing.signal);
      }
    }
  }

  #drop(): OpenClient | undefined {
    const open = this.#open;
    this.#open = undefined;
    return open;
  }
}

function backOffMs(failures: number, random: Random): number {
  const base = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS_MIN * 2 ** Math.min(failures - 1, 10));
  return base * (1 + random()) * 0.5;
}
