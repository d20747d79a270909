import { readFile, stat } from 'node:fs/promises';
import type { Logger } from './logger.ts';
import type { CancelTimer, Timers } from './timers.ts';

/** How often a file is looked at, in milliseconds. Looking finds what notices of the system miss: folders that are swapped, as Kubernetes does it. */
export const FILE_LOOK_MS = 1_000;
/** Bytes. */
export const FOLLOWED_BYTES_MAX = 16_777_216;

export type FollowedFile = {
  /** Absolute. */
  readonly path: string;
  readonly timers: Timers;
  readonly logger: Logger;
  /** What to do with a text that is new; its failure is logged, and the next change is tried again. */
  readonly onChange: (text: string) => Promise<void> | void;
  /** For the log: what goes on as before while the file cannot be used. */
  readonly meanwhile: string;
};

/**
 * Reads a file, and again when it has changed. Disposing ends that, and waits for what is under way.
 *
 * Shape: one text at a time, in the order of the changes; changes that come while one is worked on are the last of them alone.
 */
export class FileFollower implements AsyncDisposable {
  readonly #file: FollowedFile;
  /** The signature of what was read last. */
  #seen: string;
  /** That of the last look: only what was the same at two looks is read, since a file that is still being written may be half of one. */
  #found: string;
  #text: string;
  #cancel: CancelTimer = () => {};
  #work: Promise<void> = Promise.resolve();
  #isOver = false;
  #lastTrouble = '';

  private constructor(file: FollowedFile, seen: string, text: string) {
    this.#file = file;
    this.#seen = seen;
    this.#found = seen;
    this.#text = text;
  }

  /** Reads the file for the first time; the caller takes `text` from there. Errors: those of the disk, and an `Error` for one that is too large. */
  static async open(file: FollowedFile): Promise<FileFollower> {
    const seen = await signatureOf(file.path);
    return new FileFollower(file, seen, await readFile(file.path, 'utf8'));
  }

  /** As it was read last. */
  get text(): string {
    return this.#text;
  }

  /** Begins to look for changes. */
  follow(): void {
    if (this.#isOver) return;
    this.#cancel = this.#file.timers.set(FILE_LOOK_MS, () => {
      this.#work = this.#work.then(() => this.#look()).finally(() => this.follow());
    });
  }

  /** Reads the file now, and works on it whether it has changed or not. Errors: those of the disk and of `onChange`. */
  read(): Promise<void> {
    const work = this.#work.then(async () => {
      const seen = await signatureOf(this.#file.path);
      const text = await readFile(this.#file.path, 'utf8');
      [this.#seen, this.#found] = [seen, seen];
      await this.#take(text);
    });
    this.#work = work.catch(() => {});
    return work;
  }

  async #look(): Promise<void> {
    const text = await this.#readChanged();
    if (text === undefined || text === this.#text) return;
    try {
      await this.#take(text);
    } catch (error) {
      this.#tell(error);
    }
  }

  async #take(text: string): Promise<void> {
    await this.#file.onChange(text);
    this.#text = text;
  }

  /** Undefined while it is as it was or is still changing, or cannot be read, which is said once. */
  async #readChanged(): Promise<string | undefined> {
    const { path } = this.#file;
    try {
      const seen = await signatureOf(path);
      this.#lastTrouble = '';
      const isAtRest = seen === this.#found;
      this.#found = seen;
      if (seen === this.#seen || !isAtRest) return undefined;
      const text = await readFile(path, 'utf8');
      this.#seen = seen;
      return text;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#lastTrouble) this.#tell(error);
      this.#lastTrouble = message;
      return undefined;
    }
  }

  #tell(error: unknown): void {
    const { path, logger, meanwhile } = this.#file;
    const why = (error as Error).message.split('\n');
    logger.error({ file: path, why }, `A FILE THAT IS FOLLOWED CANNOT BE USED. ${meanwhile}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#cancel();
    await this.#work;
  }
}

/** Whatever is different when the file, or what its path leads to, is another. */
async function signatureOf(path: string): Promise<string> {
  const { size, ino, mtimeNs } = await stat(path, { bigint: true });
  if (size > BigInt(FOLLOWED_BYTES_MAX))
    throw new Error(`${path} is larger than ${FOLLOWED_BYTES_MAX} bytes; make it smaller`);
  return `${ino}-${mtimeNs}-${size}`;
}
