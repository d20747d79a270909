import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Refusal } from '@poolkeeper/core';
import type { Configuration } from '../config/configuration.ts';
import type { Settings } from '../config/environment.ts';
import { loadConfiguration } from '../config/load-configuration.ts';
import type { Configurator } from '../configurator.ts';
import type { Logger } from '../logger.ts';
import { checkProvider } from '../providers/open-provider.ts';

/** The configuration file of a server, as it was when it was last read and found good. */
export class ConfigurationFile {
  readonly #path: string | null;
  #latest: Configuration | null = null;

  private constructor(path: string | null) {
    this.#path = path;
  }

  /** Errors: as `read`. */
  static async open({ configFile }: Pick<Settings, 'configFile'>): Promise<ConfigurationFile> {
    const file = new ConfigurationFile(configFile);
    await file.read();
    return file;
  }

  /** Null: the server has no file. */
  get latest(): Configuration | null {
    return this.#latest;
  }

  /** Reads it again. Errors: `ConfigurationError`; what was read before stays then. */
  async read(): Promise<Configuration | null> {
    if (this.#path !== null) this.#latest = await loadConfiguration(this.#path, process.env, checkProvider);
    return this.#latest;
  }
}

/** Relative paths in the options of providers start at the configuration, or where the server was started without one. */
export async function configDirectoryOf({ configFile }: Pick<Settings, 'configFile'>): Promise<string> {
  if (configFile === null) return process.cwd();
  const path = resolve(configFile);
  return (await stat(path)).isDirectory() ? path : dirname(path);
}

/** Has the core decide what the file says; a refusal is said as the file's fault. Errors: `ConfigurationError`. */
export async function applyConfiguration(
  configurator: Configurator,
  configuration: Configuration,
): Promise<void> {
  const { providers, workflows, profiles, pools } = configuration;
  try {
    await configurator.apply({ providers, workflows, profiles, pools, isPruning: false, agreed: null });
  } catch (error) {
    if (error instanceof Refusal && error.faults.length > 0) throw configuration.refuse(error.faults, error);
    throw error;
  }
}

/** What goes by itself, but only while a server runs. */
const PASSING_REFUSALS: readonly unknown[] = ['pool_being_removed', 'provider_being_removed'];

/**
 * As `applyConfiguration`, but a file that still names what is being removed is said in the log: it must not keep the server from
 * starting, since leases could never be given back.
 */
export async function applyAtStart(
  configurator: Configurator,
  configuration: Configuration,
  logger: Logger,
): Promise<void> {
  try {
    await applyConfiguration(configurator, configuration);
  } catch (error) {
    const { cause, message } = error as Error;
    if (!(cause instanceof Refusal) || !PASSING_REFUSALS.includes(cause.code)) throw error;
    logger.error(
      { faults: message.split('\n') },
      'THE CONFIGURATION FILE WAS NOT APPLIED: it names what is being removed. The server runs with what it remembers. ' +
        'Take that out of the file, or wait until it has gone, and send SIGHUP.',
    );
  }
}
