import { mkdir } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { platform } from 'node:process';
import type { DriverDefinition, OpenInput } from '../driver.ts';
import { instanceOf } from '../instance.ts';
import { ExecProvider } from './exec-provider.ts';
import { checkOptions, readOptions } from './options.ts';

const PRIVATE_FOLDER_MODE = 0o700;

/**
 * Resources that the user's own program makes, observes and destroys, in any language: `docs/writing-a-provider.md`. The
 * program has a folder of its own, `<data>/exec/<provider>/state`.
 *
 * Options:
 * - `command`: the program and its arguments; a relative program with a slash starts at the folder of the configuration
 *   file, which is also the program's working directory. The operation is added as the last argument.
 * - `timeouts`: how long a call of each operation may take, such as `{create: 30s}`; defaults and bounds are in `OPERATIONS`.
 * - `actions`: names of what the program can do beside that, by its operation `act`.
 * - `accounts`: true where the program looks after accounts, by `verify`, `clean`, `leftovers` and `rotate`.
 * - `makes`: false where it creates and destroys nothing: its resources are registered, and forgotten in the end.
 * - `environment`: names of the server's variables that are passed on; of the others only `PATH`, `HOME`, `LANG` and the
 *   like are.
 */
export const execDriver: DriverDefinition = {
  driver: 'exec',
  keepsAccounts: (options) => readOptions(options).accounts,
  checkOptions,
  open: openExecProvider,
};

/** Opens a provider of this driver; see `DriverDefinition`. */
export async function openExecProvider({ name, options, context }: OpenInput): Promise<ExecProvider> {
  if (platform === 'win32') {
    throw new Error(
      `Provider ${name}: the driver "exec" needs process groups to end what a program started; Windows has none.`,
    );
  }
  const { command, limitsMs, environment, actions, makes, accounts } = readOptions(options);
  const root = join(context.dataDirectory, 'exec', name);
  const stateDirectory = join(root, 'state');
  await mkdir(stateDirectory, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  const passed: Record<string, string> = {};
  for (const variable of environment) {
    const value = context.environment[variable];
    if (value !== undefined) passed[variable] = value;
    else context.logger.warn({ provider: name, variable }, 'a variable that is to be passed on is not set');
  }
  const [program = '', ...args] = command;
  return new ExecProvider({
    name,
    command: [programPath(program, context.configDirectory), ...args],
    limitsMs,
    actions,
    makes,
    accounts,
    instance: await instanceOf('exec', name, context),
    stateDirectory,
    configDirectory: context.configDirectory,
    inherited: context.environment,
    passed,
    timers: context.timers,
    logger: context.logger,
  });
}

/** A name without a slash is looked for in `PATH`. */
function programPath(program: string, configDirectory: string): string {
  return program.includes('/') && !isAbsolute(program) ? resolve(configDirectory, program) : program;
}
