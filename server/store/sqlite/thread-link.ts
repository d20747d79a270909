import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StaleTerm, StoreFailure } from '../contract.ts';
import type { CommitInput } from './database.ts';
import type { CallName, Calls, SentError, ThreadInput, ThreadReply } from './protocol.ts';

/** The sources run as they are, and compiled; the thread's file is the one beside this file. */
const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url);
const OPENING = 0;

type Caller = { resolve: (output: never) => void; reject: (error: Error) => void };

/** The way to the store's thread and back. Calls are served in order; each is answered once, also when the thread dies. */
export class ThreadLink implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #callers = new Map<number, Caller>();
  readonly #exited: Promise<void>;
  #lastId = OPENING;
  #death: StoreFailure | undefined;
  #failuresSeen = 0;

  private constructor(input: ThreadInput) {
    this.#worker = new Worker(threadFile, { workerData: input });
    this.#worker.on('message', (reply: ThreadReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#die(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#die(undefined);
        resolve();
      });
    });
  }

  /**
   * Starts the thread and opens the database on it.
   *
   * Errors: `StoreFailure` when the database cannot be opened; the thread has ended then.
   */
  static async open(input: ThreadInput): Promise<ThreadLink> {
    const link = new ThreadLink(input);
    try {
      await new Promise<void>((resolve, reject) => link.#callers.set(OPENING, { resolve, reject }));
    } catch (error) {
      await link.#exited;
      throw error;
    }
    return link;
  }

  call<K extends CallName>(call: K, input: Calls[K]['input']): Promise<Calls[K]['output']> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#callers.set(id, { resolve, reject });
      this.#worker.postMessage({ id, call, input });
    });
  }

  /** Sends a batch, with what is known of earlier failures. */
  async commit(input: CommitInput): Promise<void> {
    try {
      await this.call('commit', { ...input, failuresSeen: this.#failuresSeen });
    } catch (error) {
      this.#failuresSeen += 1;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#death !== undefined) return;
    await this.call('close', null);
    await this.#exited;
  }

  #settle({ id, output, error }: ThreadReply): void {
    const caller = this.#callers.get(id);
    this.#callers.delete(id);
    if (error === undefined) caller?.resolve(output as never);
    else caller?.reject(received(error));
  }

  #die(cause: unknown): void {
    this.#death ??= new StoreFailure('The store is closed.', { cause });
    for (const { reject } of this.#callers.values()) reject(this.#death);
    this.#callers.clear();
  }
}

function received({ isStale, message, cause }: SentError): Error {
  return isStale ? new StaleTerm(message) : new StoreFailure(message, { cause });
}
