import type { Client } from 'pg';
import { sleep } from '../../timers.ts';
import { Connection } from './connection.ts';
import type { Ground } from './connection.ts';

/** A connection over which nothing comes may be dead: it is asked so often. Milliseconds. */
const ASK_EVERY_MS = 5_000;
const PATIENCE = { connectMs: 60_000, answerMs: 2_000 };
const PAUSE_MS = 100;

/** Hears from the database that something changed, on a connection of its own, for everybody here who wants to know. */
export class Watcher implements AsyncDisposable {
  readonly #ground: Ground;
  readonly #listeners = new Set<{ readonly onNews: () => void }>();
  readonly #ending = new AbortController();
  #connection: Connection | undefined;
  #heard: Client | undefined;
  /** Resolves when the connection that is heard ends. */
  #deaf: Promise<void> = Promise.resolve();
  #running: Promise<void> = Promise.resolve();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  watch(onNews: () => void): AsyncDisposable {
    const listener = { onNews };
    this.#listeners.add(listener);
    if (this.#connection === undefined && !this.#ending.signal.aborted) {
      this.#connection = new Connection(this.#ground, 'poolkeeper watch');
      this.#running = this.#listen(this.#connection);
    }
    return {
      [Symbol.asyncDispose]: async () => {
        this.#listeners.delete(listener);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error('the store is closed'));
    this.#listeners.clear();
    await this.#connection?.[Symbol.asyncDispose]();
    await this.#running;
  }

  /** Until the end: a connection that broke is made anew. */
  async #listen(connection: Connection): Promise<void> {
    const { timers } = this.#ground;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        await connection.use(PATIENCE, (client) => this.#hear(client));
        await Promise.race([sleep(timers, ASK_EVERY_MS, signal), this.#deaf]);
      } catch {
        // That it cannot be reached was said by the connection. What is missed meanwhile finds who asks from time to time.
        await sleep(timers, PAUSE_MS, signal).catch(() => undefined);
      }
    }
  }

  async #hear(client: Client): Promise<void> {
    if (client === this.#heard) return void (await client.query('select 1'));
    client.on('notification', () => this.#tell());
    await client.query('listen poolkeeper');
    this.#heard = client;
    this.#deaf = new Promise((resolve) => client.once('end', resolve));
    this.#tell();
  }

  #tell(): void {
    for (const { onNews } of this.#listeners) onNews();
  }
}
