import { resolve } from 'node:path';
import {
  KeyFileError,
  runMigration,
  readSettings,
  SettingsError,
  SigningKeysError,
  StoreFailure,
  WorldDiffers,
} from '@poolkeeper/server';
import type { Migrated, MoveProgress, WorldAddress } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { colorsFor, printJson, printLine, printText } from '../output.ts';
import { renderTable } from '../table.ts';

export type MigrateOptions = {
  readonly from: string;
  readonly to: string;
  readonly masterKeyFile?: string;
  readonly json?: boolean;
};

/** `poolkeeper migrate`. Errors: `CliError`; the target may not be served then, and the source is as it was. */
export async function runMigrate(context: CliContext, options: MigrateOptions): Promise<void> {
  const [from, to] = [addressOf(context, options.from), addressOf(context, options.to)];
  const done = await explained(() =>
    runMigration({
      from,
      to,
      masterKeys: masterKeysOf(context, options),
      environment: context.environment,
      onProgress: (progress) => printLine(context.stderr, describeProgress(progress)),
    }),
  );
  const shown = { from: describe(from), to: describe(to) };
  if (options.json === true) return printJson(context.stdout, { ...shown, ...done });
  printLine(context.stdout, describeParts(context, done));
  printLine(context.stdout, '');
  for (const line of describeNext({ from, to, ...done })) printText(context.stdout, line);
}

function addressOf({ workingDirectory }: CliContext, text: string): WorldAddress {
  return /^postgres(ql)?:\/\//.test(text) ? { database: text } : { folder: resolve(workingDirectory, text) };
}

/** For people, and without what a URL may hold of a password. */
function describe(address: WorldAddress): string {
  return 'folder' in address ? address.folder : address.database.replace(/\/\/[^@/]*@/, '//');
}

function masterKeysOf({ environment, workingDirectory }: CliContext, { masterKeyFile }: MigrateOptions) {
  const { POOLKEEPER_MASTER_KEY, POOLKEEPER_MASTER_KEY_FILE, POOLKEEPER_MASTER_KEY_OLD } = environment;
  return readSettings({
    flags: masterKeyFile === undefined ? {} : { masterKeyFile },
    environment: { POOLKEEPER_MASTER_KEY, POOLKEEPER_MASTER_KEY_FILE, POOLKEEPER_MASTER_KEY_OLD },
    workingDirectory,
  }).masterKeys;
}

function describeProgress({ phase, rows }: MoveProgress): string {
  return `${phase === 'copying' ? 'copied' : 'read back'} ${rows.toLocaleString('en')} rows`;
}

function describeParts({ stdout, environment }: CliContext, { parts }: Migrated): string {
  return renderTable({
    columns: [
      { title: 'PART', text: ({ part }) => part, isKept: true },
      { title: 'ROWS', text: ({ count }) => String(count), isNumber: true, isKept: true },
      { title: 'SHA-256 OF SOURCE', text: ({ sha256 }) => sha256.slice(0, DIGITS_SHOWN) },
      // What differs is an error, and is told as one.
      { title: 'OF TARGET', text: ({ sha256 }) => sha256.slice(0, DIGITS_SHOWN) },
    ],
    rows: parts.filter(({ count }) => count > 0),
    width: stdout.columns,
    paintTitle: colorsFor(stdout, environment).bold,
  });
}

/** Of a digest, for people; `--json` has all of it. */
const DIGITS_SHOWN = 16;

function describeNext(done: Migrated & { readonly from: WorldAddress; readonly to: WorldAddress }): string[] {
  const { from, to, providersOfMachine, hasSigningKeys } = done;
  const keys = hasSigningKeys
    ? ['The keys that sign turnover records went along.']
    : ['There were no keys that sign turnover records; the first start makes one.'];
  const machine =
    providersOfMachine.length === 0
      ? []
      : [
          `What these providers keep on the machine was left there: ${providersOfMachine.join(', ')}. Of the driver process each machine knows its own ` +
            'members alone; of the driver exec copy the folder "state" where its program needs it.',
        ];
  if ('folder' in from) {
    return [
      'Both sides are the same. Tokens, leases and secrets stay as they are.',
      ...keys,
      ...machine,
      `Now start replicas with --database, and with the master key of the folder on each of them: --master-key-file ${from.folder}/master.key, or ` +
        'POOLKEEPER_MASTER_KEY where it was given so.',
      `Start no server on ${from.folder} any more: it would lend the same resources a second time. It is as it was, for going back.`,
    ];
  }
  return [
    'Both sides are the same. Tokens, leases and secrets stay as they are.',
    ...keys,
    ...machine,
    `Now start one server: poolkeeper serve --data ${'folder' in to ? to.folder : ''}, with the master key that the replicas had.`,
    'Start no replica on the database any more: it would lend the same resources a second time.',
  ];
}

const UNTOUCHED = 'The source is as it was, and nothing serves the target.';

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SettingsError) {
      throw new CliError(error.message, { advice: UNTOUCHED, exitCode: EXIT.usage, cause: error });
    }
    if (error instanceof WorldDiffers) {
      const advice = `${UNTOUCHED} Please report it, with what is named here.`;
      throw new CliError(error.message, { advice, exitCode: EXIT.defect, cause: error });
    }
    const isForeseen =
      error instanceof StoreFailure || error instanceof KeyFileError || error instanceof SigningKeysError;
    if (!isForeseen) throw error;
    const isConflict = /in use by|already|broken off|meanwhile/.test(error.message);
    throw new CliError(error.message, {
      advice: UNTOUCHED,
      exitCode: isConflict ? EXIT.conflict : EXIT.unavailable,
      cause: error,
    });
  }
}
