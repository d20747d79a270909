import type { Client } from 'pg';
import { StoreFailure } from '../contract.ts';
import { Connection } from './connection.ts';
import type { Ground, Patience } from './connection.ts';
import { isPassing } from './failure.ts';

/** Connections for everything but batches and the leadership: reads of history, the log of runs, following. */
const CONNECTIONS = 3;
/** More than this on each means that the database is far too slow, and that to wait longer helps nobody. */
const WAITING_MAX = 500;
const PATIENCE: Patience = { connectMs: 3_000, answerMs: 15_000 };

/** For what is small and asked again and again: nobody takes the world over while he waits for an answer that does not come. */
export const PATIENCE_TO_FOLLOW: Patience = { connectMs: 2_000, answerMs: 3_000 };

/** A few connections; each use takes the one with the fewest others. What is done on them may be done twice. */
export class ReadPool implements AsyncDisposable {
  readonly #connections: readonly Connection[];

  constructor(ground: Ground) {
    this.#connections = Array.from({ length: CONNECTIONS }, () => new Connection(ground, 'poolkeeper read'));
  }

  /** Does the work; once more, on a connection made anew, where the first one turned out to be broken. */
  async use<T>(work: (client: Client) => Promise<T>, patience: Patience = PATIENCE): Promise<T> {
    const connection = this.#connections.reduce((least, each) => (each.load < least.load ? each : least));
    if (connection.load > WAITING_MAX)
      throw new StoreFailure('The database is too slow for what is asked of it. Try again later.');
    try {
      return await connection.use(patience, work);
    } catch (error) {
      if (error instanceof StoreFailure || !isPassing(error)) throw error;
      return await connection.use(patience, work);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection[Symbol.asyncDispose]()));
  }
}
