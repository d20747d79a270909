import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { readSettings, startServer } from '@poolkeeper/server';
import type { RunningServer, SettingFlags, Settings } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printLine } from '../output.ts';
import { explainStart } from './serve-errors.ts';
import { quickstartGuide } from './serve-guide.ts';

export type ServeOptions = Omit<SettingFlags, 'cloudpoolListen'> & {
  readonly quickstart?: boolean;
  readonly cloudpoolListen?: readonly string[];
};

/** A second signal this soon after the first is the same Ctrl-C, passed on by npm. Milliseconds. */
const SAME_SIGNAL_MS = 1_000;

/** Runs a server until a signal ends it. Errors: `CliError` for what a person can mend. */
export async function serve(context: CliContext, options: ServeOptions): Promise<void> {
  const { environment, workingDirectory } = context;
  let settings: Settings | undefined;
  let running: RunningServer;
  try {
    settings = readSettings({ flags: flagsOf(options, context), environment, workingDirectory });
    running = await startServer(settings);
  } catch (error) {
    throw explainStart(error, settings);
  }
  await using server = running;
  // Whoever reads that it listens may send a signal at once.
  const stopped = untilStopped(context, { server, settings });
  printLine(
    context.stdout,
    describeStart(context, { settings, server, isQuickstart: options.quickstart === true }),
  );
  await stopped;
}

function flagsOf({ quickstart, cloudpoolListen, ...given }: ServeOptions, context: CliContext): SettingFlags {
  const flags =
    cloudpoolListen === undefined ? given : { ...given, cloudpoolListen: cloudpoolListen.join(',') };
  if (quickstart !== true) return flags;
  if (flags.config !== undefined) {
    throw new CliError(
      '--quickstart brings a configuration file of its own, so --config has no place beside it.',
      {
        advice: 'Leave one of the two out.',
        exitCode: EXIT.usage,
      },
    );
  }
  const file = findQuickstart();
  // What the server logs in passing would hide the guide; trouble is still shown.
  const isLevelGiven = (context.environment['POOLKEEPER_LOG_LEVEL'] ?? '') !== '';
  return {
    ...flags,
    config: relative(context.workingDirectory, file),
    ...(flags.logLevel !== undefined || isLevelGiven ? {} : { logLevel: 'warn' }),
  };
}

/** The examples stand beside the rooms of the sources, and of the built product. */
function findQuickstart(): string {
  const file = join(import.meta.dirname, '..', '..', 'examples', 'quickstart', 'poolkeeper.yaml');
  if (existsSync(file)) return file;
  throw new CliError(`The quickstart's file is missing: ${file}.`, {
    advice: 'Run this in the repository, or give a configuration file with --config.',
    exitCode: EXIT.usage,
  });
}

type Running = {
  readonly settings: Settings;
  readonly server: RunningServer;
  /** Does it have a configuration file of another server's, beside or in place of its own? */
  readonly hasOtherFile?: boolean;
};
type Started = Running & { readonly isQuickstart: boolean };

function describeStart(context: CliContext, { settings, server, isQuickstart }: Started): string {
  const show = (path: string): string => relative(context.workingDirectory, path) || '.';
  const place = {
    url: server.url,
    configFile: settings.configFile ?? '',
    visitFile: show(join(dirname(resolve(settings.configFile ?? '')), 'visit.js')),
    dataDirectory: show(settings.dataDirectory),
    tokenFile: server.tokenFile === null ? null : show(server.tokenFile),
  };
  if (isQuickstart) return quickstartGuide(place, context);
  const token = place.tokenFile === null ? '' : `; the admin token is in ${place.tokenFile}`;
  const next = server.isEmpty ? `\n${FIRST_STEPS}` : '';
  return `Poolkeeper listens at ${place.url}${describeReplica(server.replica)}${token}${next}`;
}

function describeReplica(replica: RunningServer['replica']): string {
  if (replica === null) return '';
  const { name, keeper, isKeeper, isHalted } = replica;
  if (isHalted) return `; replica ${name} is halted, see "poolkeeper cluster status"`;
  if (isKeeper) return `; replica ${name} keeps the world`;
  return keeper === null
    ? `; replica ${name} follows, and nobody keeps the world yet`
    : `; replica ${name} follows ${keeper}, which keeps the world`;
}

const FIRST_STEPS =
  'It has no providers and no pools yet: write a configuration, see what it would do with "poolkeeper plan -f FILE",\n' +
  'and have it with "poolkeeper apply -f FILE". Or start with an example: "poolkeeper serve --quickstart".';

/** SIGHUP reads the configuration again. A second wish to stop, later than the first, is not kept waiting. */
export async function untilStopped(context: CliContext, running: Running): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let stoppedAt: number | undefined;
  const unwatch = context.onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
    if (signal === 'SIGHUP') {
      void reload(context, running);
    } else if (stoppedAt === undefined) {
      stoppedAt = context.now();
      printLine(context.stderr, 'poolkeeper: stopping');
      resolve();
    } else if (context.now() - stoppedAt > SAME_SIGNAL_MS) {
      unwatch();
      process.kill(process.pid, signal);
    }
  });
  await promise;
}

async function reload(context: CliContext, { settings, server, hasOtherFile }: Running): Promise<void> {
  if (settings.configFile === null && hasOtherFile !== true) {
    const advice = 'change the configuration with "poolkeeper apply -f FILE"';
    return printLine(context.stderr, `poolkeeper: this server has no file to read again; ${advice}`);
  }
  try {
    const isApplied = (await server.reload()) === 'applied';
    const later = isApplied ? '' : '; this replica applies it when it takes over';
    printLine(context.stderr, `poolkeeper: the configuration file was read again${later}`);
  } catch (error) {
    const { message } = explainStart(error, undefined);
    printLine(context.stderr, `poolkeeper: the configuration stays as it was: ${message}`);
  }
}
