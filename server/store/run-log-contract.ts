/** A piece of what the steps of a run put out, free of secrets. */
export type RunLogEntry = {
  readonly run: string;
  /** From 1 within a run, without gaps. */
  readonly seq: number;
  /** When it was written down, in milliseconds UTC. */
  readonly at: number;
  /** Which attempt at which step; both the index of the step and its name. Attempts count from 1. */
  readonly step: number;
  readonly name: string;
  readonly attempt: number;
  /** `note` is what the runner has to say. */
  readonly stream: 'stdout' | 'stderr' | 'note';
  readonly text: string;
  /** Bytes of the run's log up to the end of this. */
  readonly total: number;
};

/**
 * What runs put out, beside the decisions: nothing is decided by it, so a crash of the machine may lose the last moments.
 * It is forgotten with the history of the time.
 */
export type RunLogStore = {
  /** Adds entries; one that is there already stays as it is. Errors: `StoreFailure`, and then none was added. */
  append(entries: readonly RunLogEntry[]): Promise<void>;
  /** Entries of a run with `seq` above `after`, ascending, at most `limit`. */
  read(query: RunLogQuery): Promise<readonly RunLogEntry[]>;
  /** Where the log of a run ends: zeros for one that has none. */
  endOf(run: string): Promise<RunLogEnd>;
};

export type RunLogQuery = { readonly run: string; readonly after: number; readonly limit: number };
export type RunLogEnd = { readonly seq: number; readonly total: number };
