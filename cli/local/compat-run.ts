import { SettingsError, startServer } from '@poolkeeper/server';
import type { DropIn, RunningServer, Settings } from '@poolkeeper/server';
import type { CliContext } from '../context.ts';
import { printLine } from '../output.ts';
import { untilStopped } from './serve-run.ts';

/** A server of somebody else, as it is stood in for. */
export type DropInRun = {
  readonly settings: Settings;
  readonly dropIn: DropIn;
  /** Why it does not start, and what to do about it. */
  readonly explain: (error: unknown) => Error;
  /** What is said when it listens. */
  readonly describe: (server: RunningServer) => string;
};

/** What was read, or a line for each thing that is wrong with the options. */
export function readOrProblems<T>(read: () => T): T | string[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof SettingsError) return [...error.lines];
    throw error;
  }
}

/** Runs a drop-in until a signal ends it. Errors: what `explain` makes of them. */
export async function runDropIn(
  context: CliContext,
  { settings, dropIn, explain, describe }: DropInRun,
): Promise<void> {
  let running: RunningServer;
  try {
    running = await startServer(settings, dropIn);
  } catch (error) {
    throw explain(error);
  }
  await using server = running;
  // Whoever reads that it listens may send a signal at once.
  const stopped = untilStopped(context, { server, settings });
  printLine(context.stdout, describe(server));
  await stopped;
}
