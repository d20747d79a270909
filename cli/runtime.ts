import { createPoolkeeper } from '@poolkeeper/client';
import type { Poolkeeper } from '@poolkeeper/client';
import type { Command } from 'commander';
import { findConnection } from './connection.ts';
import type { CliContext } from './context.ts';
import { colorsFor, printLine } from './output.ts';
import type { Colors } from './output.ts';
import { renderFacts, renderTable } from './table.ts';
import type { Column, Fact } from './table.ts';

/** What commands share: the world around them, and the exit code that they leave. */
export type Runtime = { readonly context: CliContext; exitCode: number };

/** One command that talks to a server. */
export type Session = {
  readonly context: CliContext;
  readonly client: Poolkeeper;
  readonly colors: Colors;
  /** Does a program read what is printed? */
  readonly isJson: boolean;
};

/** Options that every command has which talks to a server; they may stand before the noun too. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option('--url <url>', 'address of the server (POOLKEEPER_URL)')
    .option('--token <secret>', 'token to show it (POOLKEEPER_TOKEN, or a file: POOLKEEPER_TOKEN_FILE)')
    .option('--json', 'print what the server answers, for programs');
}

type ConnectionOptions = { readonly url?: string; readonly token?: string; readonly json?: boolean };

export function openSession({ context }: Runtime, command: Command): Session {
  const options = { ...command.optsWithGlobals<ConnectionOptions>(), ...command.opts<ConnectionOptions>() };
  return {
    context,
    client: createPoolkeeper({
      ...findConnection(context, options),
      fetch: context.fetch,
      userAgent: 'poolkeeper-cli',
    }),
    colors: colorsFor(context.stdout, context.environment),
    isJson: options.json === true,
  };
}

/** Rows for people, as wide as the terminal; what there is to say when there are none. */
export function printTable<T>(
  session: Session,
  columns: readonly Column<T>[],
  rows: readonly T[],
  empty: string,
): void {
  const { context, colors } = session;
  if (rows.length === 0) {
    printLine(context.stderr, empty);
    return;
  }
  const text = renderTable({ columns, rows, width: context.stdout.columns, paintTitle: colors.bold });
  printLine(context.stdout, text);
}

export function printFacts({ context, colors }: Session, facts: readonly Fact[]): void {
  printLine(context.stdout, renderFacts(facts, colors.bold));
}
