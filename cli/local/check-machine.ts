import { existsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  checkConfiguration,
  ConfigurationError,
  inspectDirectory,
  readSettings,
  SettingsError,
} from '@poolkeeper/server';
import type { DirectoryState } from '@poolkeeper/server';
import type { CliContext } from '../context.ts';
import { ok, problem, skipped, warning } from '../doctor/finding.ts';
import type { Finding } from '../doctor/finding.ts';
import { EXIT } from '../exit-codes.ts';
import { formatBytes, formatCount } from '../format-bytes.ts';

const MIB = 1_024 * 1_024;
/** Less room than this is told; with less than the second a store soon takes no writes. Bytes. */
const FREE_BYTES_LOW = 1_024 * MIB;
const FREE_BYTES_MIN = 100 * MIB;
/** Rights of a file that let others than its owner at it. */
const OTHERS_MODE = 0o077;

export type MachineOptions = { readonly config?: string | undefined; readonly data?: string | undefined };

/** What a server on this machine would find: its settings, its configuration file, its data directory. Nothing is changed. */
export async function checkMachine(context: CliContext, options: MachineOptions): Promise<Finding[]> {
  const { environment, workingDirectory } = context;
  const { config, data } = options;
  const flags = { ...(config === undefined ? {} : { config }), ...(data === undefined ? {} : { data }) };
  try {
    const settings = readSettings({ flags, environment, workingDirectory });
    const isNamed = data !== undefined || (environment['POOLKEEPER_DATA'] ?? '') !== '';
    return [
      await checkFile(settings.configFile),
      ...checkDirectory({ directory: settings.dataDirectory, isNamed, workingDirectory }),
    ];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const advice = 'See "poolkeeper serve --help".';
    return error.lines.map((line) =>
      problem('settings', { message: `No server starts with ${line}.`, advice, exitCode: EXIT.usage }),
    );
  }
}

async function checkFile(file: string | null): Promise<Finding> {
  const subject = 'configuration';
  if (file === null) return skipped(subject, 'No file is named by --config or POOLKEEPER_CONFIG.');
  try {
    const { providers, pools } = await checkConfiguration(file);
    return ok(
      subject,
      `${file} is valid: ${formatCount(providers, 'provider')}, ${formatCount(pools, 'pool')}.`,
    );
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return problem(subject, {
      message: `No server starts with this file:\n${error.message}`,
      advice: 'Correct it; docs/schema/poolkeeper.schema.json lets an editor check it while you type.',
      exitCode: EXIT.usage,
    });
  }
}

type Directory = { readonly directory: string; readonly isNamed: boolean; readonly workingDirectory: string };

function checkDirectory({ directory, isNamed, workingDirectory }: Directory): Finding[] {
  const subject = 'data';
  const short = relative(workingDirectory, directory) || '.';
  const name = short.startsWith('..') ? directory : short;
  const refuse = (message: string, advice: string): Finding[] => [
    problem(subject, { message, advice, exitCode: EXIT.unavailable }),
  ];
  let state: DirectoryState;
  try {
    state = inspectDirectory(directory);
  } catch (error) {
    return refuse(
      `${name} cannot be looked at: ${error instanceof Error ? error.message : String(error)}.`,
      'Check its rights.',
    );
  }
  if (!state.exists && !isNamed) {
    return [skipped(subject, `There is no ${name} here; --data FOLDER names the one of a server.`)];
  }
  if (!state.isWritable) {
    return refuse(
      `${name} may not be written by this user.`,
      'Give the folder to the user that runs the server.',
    );
  }
  if (!state.exists)
    return [
      ok(subject, `${name} is not there; a server makes it at its first start.`),
      checkSpace(name, state),
    ];
  return [checkStore(name, state), checkSpace(name, state), ...checkTokenFile(directory, name)];
}

function checkStore(name: string, { store, holder }: DirectoryState): Finding {
  const subject = 'data';
  const user =
    holder === undefined
      ? 'no server uses it'
      : `a server uses it${holder.pid === null ? '' : `, process ${holder.pid}`}`;
  if (store === undefined) return ok(subject, `${name} has no store yet; ${user}.`);
  if (store instanceof Error) {
    return problem(subject, {
      message: `The store in ${name} cannot be used: ${store.message}`,
      advice: 'If it is damaged, restore a backup: poolkeeper restore FILE --keep-old.',
      exitCode: EXIT.unavailable,
    });
  }
  const { found, latest, bytes } = store;
  const schema =
    found === latest
      ? `schema ${found}`
      : `schema ${found}, which the next start with this release brings to ${latest}`;
  return ok(subject, `${name} has a store of ${formatBytes(bytes)}, ${schema}; ${user}.`);
}

function checkSpace(name: string, { freeBytes }: DirectoryState): Finding {
  const subject = 'disk';
  const free = formatBytes(freeBytes);
  if (freeBytes >= FREE_BYTES_LOW) return ok(subject, `${free} are free where ${name} is.`);
  const advice = 'Free some space; old backups are a good place to begin.';
  if (freeBytes >= FREE_BYTES_MIN) return warning(subject, `Only ${free} are free where ${name} is.`, advice);
  return problem(subject, {
    message: `Only ${free} are free where ${name} is; a server whose disk is full takes no writes.`,
    advice,
    exitCode: EXIT.unavailable,
  });
}

/** The file of the first admin token is a key to everything. */
function checkTokenFile(directory: string, name: string): Finding[] {
  const file = join(directory, 'admin.token');
  if (process.platform === 'win32' || !existsSync(file)) return [];
  if ((statSync(file).mode & OTHERS_MODE) === 0) return [];
  return [
    warning(
      'data',
      `Others than its owner may read ${name}/admin.token, and with it do everything.`,
      `chmod 600 ${name}/admin.token; then make a new admin token and revoke this one if somebody may have read it.`,
    ),
  ];
}
