import { relative, resolve } from 'node:path';
import { backUpDirectory, readSettings, restoreDirectory, StoreFailure } from '@poolkeeper/server';
import type { BackedUp, RestoredDirectory, StoreSummary } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatBytes, formatCount } from '../format-bytes.ts';
import { formatRelative } from '../format-time.ts';
import { printJson, printLine } from '../output.ts';

export type BackupOptions = { readonly data?: string; readonly json?: boolean };
export type RestoreOptions = BackupOptions & { readonly keepOld?: boolean };

/** `poolkeeper backup`. Errors: `CliError`; there is no file then. */
export async function backUp(context: CliContext, file: string, options: BackupOptions): Promise<void> {
  refuseDatabase(context, options);
  const data = dataDirectory(context, options);
  const done = await explained('Nothing was written.', () =>
    backUpDirectory(data, resolve(context.workingDirectory, file)),
  );
  if (options.json === true)
    return printJson(context.stdout, {
      file: resolve(context.workingDirectory, file),
      data,
      ...withInstant(done),
    });
  for (const line of describeBackup({ ...done, file, data: shown(context, data), now: context.now() })) {
    printLine(context.stdout, line);
  }
}

function describeBackup(done: BackedUp & { file: string; data: string; now: number }): string[] {
  return [
    `Backed up ${done.data} to ${done.file} (${formatBytes(done.bytes)}): ${describe(done.contents, done.now)}.`,
    'It was opened as a store and read to its end. Keep admin.token, master.key and the configuration file too: they are not in it.',
    'Nor is the key that signs turnover records (signing-keys.json): without it a restored server signs with a new one.',
  ];
}

/** A world in a database is backed up where it is. */
function refuseDatabase({ environment }: CliContext, { data }: BackupOptions): void {
  if ((environment['POOLKEEPER_DATABASE'] ?? '') === '' || data !== undefined) return;
  throw new CliError(
    'POOLKEEPER_DATABASE is set: this world is in a database, which has its own tools. Nothing was written.',
    {
      advice:
        'Take a dump while the replicas run: pg_dump --format=custom --schema=poolkeeper --file=poolkeeper.dump "$POOLKEEPER_DATABASE". ' +
        'Put it back with every replica stopped: drop schema poolkeeper cascade, then pg_restore --dbname="$POOLKEEPER_DATABASE" poolkeeper.dump. ' +
        'For every moment rather than that of the dump, archive its WAL (pg_basebackup, archive_command). A data folder is named with --data.',
      exitCode: EXIT.usage,
    },
  );
}

/** `poolkeeper restore`. Errors: `CliError`; the data folder is as it was then. */
export async function restore(context: CliContext, file: string, options: RestoreOptions): Promise<void> {
  refuseDatabase(context, options);
  const data = dataDirectory(context, options);
  const input = {
    file: resolve(context.workingDirectory, file),
    dataDirectory: data,
    keepOld: options.keepOld === true,
    now: context.now(),
  };
  const done = await explained('Nothing was changed.', () => restoreDirectory(input));
  if (options.json === true)
    return printJson(context.stdout, {
      file: resolve(context.workingDirectory, file),
      data,
      ...withInstant(done),
    });
  const show = (path: string): string => shown(context, path);
  for (const line of describeRestore(done, { file, data: show(data), now: context.now(), show })) {
    printLine(context.stdout, line);
  }
}

function describeRestore(
  { contents, keptOld, tokenFile }: RestoredDirectory,
  input: { file: string; data: string; now: number; show: (path: string) => string },
): string[] {
  const { file, data, now, show } = input;
  const since =
    contents.lastEvent === null ? 'then' : formatRelative(new Date(contents.lastEvent.at).toISOString(), now);
  return [
    `Restored ${file} to ${data}: ${describe(contents, now)}.`,
    ...(keptOld === null ? [] : [`The store that was there is kept as ${show(keptOld)}.`]),
    '',
    `What happened after the backup (${since}) is unknown to it:`,
    '- Leases given since then: their holders still use resources that count as free here and may be lent twice. Stop those',
    '  holders before the server starts; their heartbeats and renewals will be refused with lease_not_found.',
    '- Resources made since then are not known; look for them at the provider. Those destroyed since are found gone.',
    '- Tokens made since then are not let in; those revoked since are let in again. See "poolkeeper token list".',
    '- Turnovers recorded since then are not there, and their numbers are given again: keep what was exported of them.',
    '- Event numbers since then are given again: who follows events has to begin anew.',
    '',
    ADMIN_TOKEN[tokenFile.state](show(tokenFile.path)),
    `Start the server with "poolkeeper serve --data ${data}", and with --config where it had a configuration file.`,
  ];
}

const ADMIN_TOKEN: Readonly<Record<RestoredDirectory['tokenFile']['state'], (path: string) => string>> = {
  accepted: (path) => `The admin token in ${path} is one that this store knows.`,
  unknown: (path) =>
    `The token in ${path} is not one that this store knows. Put the file from the time of the backup there, or start the server once with POOLKEEPER_ADMIN_TOKEN set, which replaces the admin token.`,
  missing: (path) =>
    `There is no ${path}. Put the file from the time of the backup there, or start the server once with POOLKEEPER_ADMIN_TOKEN set, which replaces the admin token.`,
};

function describe(contents: StoreSummary, now: number): string {
  const { pools, resources, leases, queued, tokens, lastEvent } = contents;
  const counts = [
    formatCount(pools, 'pool'),
    formatCount(resources, 'resource'),
    formatCount(leases, 'lease'),
    ...(queued === 0 ? [] : [`${queued} waiting`]),
    formatCount(tokens, 'token'),
  ].join(', ');
  if (lastEvent === null) return `${counts}; nothing has happened yet`;
  const age = formatRelative(new Date(lastEvent.at).toISOString(), now);
  return `${counts}; the last event is ${lastEvent.seq}, ${lastEvent.type}, ${age}`;
}

/** Instants for programs are RFC 3339, as in the API. */
function withInstant<T extends { readonly contents: StoreSummary }>(done: T): object {
  const { lastEvent } = done.contents;
  const at = lastEvent === null ? null : { ...lastEvent, at: new Date(lastEvent.at).toISOString() };
  return { ...done, contents: { ...done.contents, lastEvent: at } };
}

/** The setting of a server, by the same flag and variable. */
function dataDirectory({ environment, workingDirectory }: CliContext, { data }: BackupOptions): string {
  const { POOLKEEPER_DATA } = environment;
  return readSettings({
    flags: data === undefined ? {} : { data },
    environment: { POOLKEEPER_DATA },
    workingDirectory,
  }).dataDirectory;
}

function shown({ workingDirectory }: CliContext, path: string): string {
  const short = relative(workingDirectory, path);
  return short.startsWith('..') ? path : short || '.';
}

async function explained<T>(reassurance: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    const isConflict = /already|in use by/.test(error.message);
    throw new CliError(error.message, {
      advice: error.message.includes('has a store already')
        ? 'Nothing was changed. --keep-old moves the store that is there aside.'
        : reassurance,
      exitCode: isConflict ? EXIT.conflict : EXIT.unavailable,
      cause: error,
    });
  }
}
