import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '@poolkeeper/core';
import type { Json, JsonObject } from '@poolkeeper/core';
import type { CloudpoolSettings } from './config/cloudpool-settings.ts';
import type { CloudPools } from './dialects/cloudpool/cloud-pools.ts';
import { CloudPoolError } from './dialects/cloudpool/errors.ts';
import type { ParseConfiguration } from './dialects/cloudpool/parts.ts';
import type { Keeper } from './keeper/contract.ts';
import type { Logger } from './logger.ts';

/** The instance that a server of one pool serves. Its configuration has a name of its own, which marks the machines. */
export const SINGLE_INSTANCE = 'cloudpool';
/** Remembers what was taken over from the original, so that it is taken once. */
const IMPORTED_FILE = 'cloudpool-imported.json';
/** Instances of the original that are configured at the same time: each asks its cloud. */
const IMPORTS_AT_ONCE = 8;
/** More than a server of the original, with two threads for each, could have had. */
const INSTANCES_MAX = 10_000;

/** A drop-in that cannot start as it was told to. `isOfCloud`: the configuration may be right, its cloud did not take it. */
export class CloudpoolStartError extends Error {
  override readonly name = 'CloudpoolStartError';
  readonly advice: string;
  readonly isOfCloud: boolean;

  constructor(message: string, options: { advice: string; isOfCloud?: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.advice = options.advice;
    this.isOfCloud = options.isOfCloud === true;
  }
}

export type BootParts = {
  readonly pools: CloudPools;
  readonly keeper: Keeper;
  readonly parseConfiguration: ParseConfiguration;
  /** Where everything is kept; the files of the original stand there too. */
  readonly directory: string;
  readonly logger: Logger;
};

type Boot = Pick<CloudpoolSettings, 'isMultipool' | 'configFile' | 'isStopped'>;

/**
 * Brings the pools to where the options want them: instances that the original left are taken over, once; the file is configured and
 * started; and without one, everything is as it was when the server before this one ended.
 *
 * Errors: `CloudpoolStartError` for the file. What the original left and cannot be used is logged, and tried again at the next start.
 */
export async function bootCloudpool(parts: BootParts, boot: Boot): Promise<void> {
  if (boot.isMultipool) return importInstances(parts);
  const { pools, keeper } = parts;
  await pools.ensure(SINGLE_INSTANCE);
  if (boot.configFile === null) await importSingle(parts, boot.isStopped);
  else await configureByFile(parts, boot.configFile);
  const { configured } = await pools.status(SINGLE_INSTANCE);
  if (boot.isStopped) await pools.stop(SINGLE_INSTANCE);
  // Whoever asks for machines is told when there is a list; the server need not wait for it.
  else if (boot.configFile !== null && configured)
    await keeper.ask({ type: 'startUpkeep', name: SINGLE_INSTANCE });
}

async function configureByFile(parts: BootParts, file: string): Promise<void> {
  const { pools, parseConfiguration } = parts;
  const body = await readConfigurationFile(file);
  try {
    const { configured } = await pools.status(SINGLE_INSTANCE);
    // What it has already needs no cloud that answers: a restart while the cloud is down is none the worse.
    if (configured) {
      const stored = await pools.configuration(SINGLE_INSTANCE);
      if (canonicalJson(stored) === canonicalJson(parseConfiguration(body).echo)) return;
    }
    await pools.configure(SINGLE_INSTANCE, body);
  } catch (error) {
    if (!(error instanceof CloudPoolError) && (error as Error).name !== 'ConfigurationFault') throw error;
    const isOfCloud = error instanceof CloudPoolError && error.fault === 'cloud';
    throw new CloudpoolStartError(`The configuration ${file} was not taken: ${(error as Error).message}`, {
      advice: isOfCloud
        ? 'Nothing was changed. Without --config the server starts with the configuration that it has.'
        : 'Correct it; docs/cloudpool-configuration.md says what it may hold.',
      isOfCloud,
      cause: error,
    });
  }
}

async function readConfigurationFile(file: string): Promise<Json> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Json;
  } catch (error) {
    // The parser's own message quotes the file, which holds credentials.
    const why = error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message;
    throw new CloudpoolStartError(`The configuration ${file} cannot be read: ${why}`, {
      advice: 'Give a JSON document with --config; docs/cloudpool-configuration.md says what it may hold.',
      cause: error,
    });
  }
}

/** A server of one pool was started whenever it had a configuration. */
async function importSingle(parts: BootParts, isStopped: boolean): Promise<void> {
  const { configured } = await parts.pools.status(SINGLE_INSTANCE);
  if (configured) return;
  const imported = await Imported.read(parts.directory);
  await importOne(parts, {
    name: SINGLE_INSTANCE,
    directory: parts.directory,
    imported,
    isStarted: !isStopped,
  });
}

/** Each folder of the original that has a configuration or a status is an instance. */
async function importInstances(parts: BootParts): Promise<void> {
  const entries = await readdir(parts.directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const imported = await Imported.read(parts.directory);
  const waiting = names.toSorted().slice(0, INSTANCES_MAX);
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const directory = join(parts.directory, name);
      const status = await readJson(join(directory, 'status.json'));
      const isStarted = status?.['started'] === true;
      if (status === undefined && (await readJson(join(directory, 'config.json'))) === undefined) continue;
      await importOne(parts, { name, directory, imported, isStarted });
    }
  };
  await Promise.all(Array.from({ length: IMPORTS_AT_ONCE }, work));
}

type Import = {
  readonly name: string;
  readonly directory: string;
  readonly imported: Imported;
  readonly isStarted: boolean;
};

async function importOne(parts: BootParts, { name, directory, imported, isStarted }: Import): Promise<void> {
  const { pools, keeper, logger } = parts;
  if (imported.has(name)) return;
  try {
    await pools.ensure(name);
    const configuration = await readJson(join(directory, 'config.json'));
    if (configuration !== undefined) {
      await pools.configure(name, configuration);
      if (isStarted) await keeper.ask({ type: 'startUpkeep', name });
      logger.info({ cloudpool: name, directory }, 'took over what the original server left');
    }
    // A server of one pool may get its configuration file later.
    if (configuration !== undefined || name !== SINGLE_INSTANCE) await imported.add(name);
  } catch (error) {
    logger.error(
      { cloudpool: name, directory, why: (error as Error).message },
      'AN INSTANCE OF THE ORIGINAL WAS NOT TAKEN OVER. Configure it by POST /config, or mend its config.json: the next start tries again.',
    );
  }
}

/** The names of instances that were taken over, on disk. */
class Imported {
  readonly #file: string;
  readonly #names: Set<string>;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: string, names: Set<string>) {
    this.#file = file;
    this.#names = names;
  }

  static async read(directory: string): Promise<Imported> {
    const file = join(directory, IMPORTED_FILE);
    const stored = await readJson(file);
    const names = Array.isArray(stored?.['instances']) ? stored['instances'] : [];
    return new Imported(file, new Set(names.filter((name) => typeof name === 'string')));
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Written one after another, since several are taken over at once. */
  add(name: string): Promise<void> {
    this.#names.add(name);
    this.#written = this.#written.then(() =>
      writeFile(this.#file, JSON.stringify({ instances: [...this.#names].toSorted() }), { mode: 0o600 }),
    );
    return this.#written;
  }
}

/** The JSON object of a file; undefined where there is no file. Errors: that it is none, without quoting it. */
async function readJson(file: string): Promise<JsonObject | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    throw new Error(`${file} is not JSON`, { cause: error });
  }
}
