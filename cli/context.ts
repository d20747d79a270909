/** One of the two streams that a command writes to. */
export type Output = {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Characters of a line; of what is no terminal there is no end. */
  readonly columns: number;
  /** Lines that are seen at once; of what is no terminal there is no end. */
  readonly rows: number;
  /** Has the reader gone away, as `head` does? */
  readonly isGone: boolean;
};

/** What a command has of the world around it. `main.ts` gives the real one. */
export type CliContext = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly workingDirectory: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Does a person sit at a terminal whose keys reach this process and the commands it starts alike? */
  readonly isInteractive: boolean;
  /** Asks the person at the terminal; undefined when there is nobody, or nothing is answered any more. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** The same, without showing what is typed. */
  readonly askHidden: (question: string) => Promise<string | undefined>;
  /** All of standard input; of more than so many bytes, the first of them. */
  readonly readInput: (bytesMax: number) => Promise<Uint8Array>;
  readonly fetch: typeof fetch;
  /** Milliseconds UTC. */
  readonly now: () => number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it aborts. */
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  /** Calls back for each signal of these that this process gets, instead of what the system would do. Answers how to stop that. */
  readonly onSignals: (
    signals: readonly NodeJS.Signals[],
    listener: (signal: NodeJS.Signals) => void,
  ) => () => void;
};
