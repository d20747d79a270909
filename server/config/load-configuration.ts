import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { InputFault, JsonObject } from '@poolkeeper/core';
import { checkNames } from './check-names.ts';
import { checkShape, isConfigurationFile } from './check-shape.ts';
import { toPools } from './configuration.ts';
import type { Configuration, ConfiguredProvider } from './configuration.ts';
import { ConfigurationError } from './configuration-error.ts';
import { pointerTo } from './pointer.ts';
import { readYaml } from './read-yaml.ts';

/** Bytes of one file. */
export const FILE_BYTES_MAX = 10 * 1_024 * 1_024;

/** What is wrong with a provider's entry: its driver and the driver's options; pointers relative to the entry. */
export type CheckProvider = (entry: JsonObject) => readonly InputFault[];

/**
 * Reads the configuration file of a server. Nothing is changed or started.
 *
 * `file` is a path from the working directory; faults repeat it as it was given.
 * Errors: `ConfigurationError` with everything that is wrong.
 */
export async function loadConfiguration(file: string, checkProvider: CheckProvider): Promise<Configuration> {
  return parseConfiguration({ file, text: await readText(file), checkProvider });
}

/** The same of a text that is at hand. */
export function parseConfiguration(input: {
  readonly file: string;
  readonly text: string;
  readonly checkProvider: CheckProvider;
}): Configuration {
  const { file, text, checkProvider } = input;
  const { value, locate, refuse } = readYaml(file, text);
  if (value === null) throw refuse([{ pointer: '', message: EMPTY }]);
  const faults = checkShape(value);
  faults.push(...checkProviders(value, faults, checkProvider));
  faults.push(...checkNames(value));
  if (faults.length > 0 || !isConfigurationFile(value)) throw refuse(faults);
  const providers = value.providers as readonly ConfiguredProvider[];
  return { file, directory: dirname(resolve(file)), providers, pools: toPools(value), locate, refuse };
}

const EMPTY =
  'the file is empty; it needs at least "providers", and "pools" to lend something, such as those of examples/quickstart/poolkeeper.yaml';

/** The drivers' word about the providers, where the shape has nothing against the same member. */
function checkProviders(
  value: unknown,
  known: readonly InputFault[],
  checkProvider: CheckProvider,
): InputFault[] {
  const entries = (value as { readonly providers?: unknown }).providers;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown, index) => {
    if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) return [];
    const at = pointerTo('/providers', index);
    return checkProvider(entry as JsonObject)
      .map(({ pointer, message }) => ({ pointer: `${at}${pointer}`, message }))
      .filter(({ pointer }) => !known.some((fault) => fault.pointer === pointer));
  });
}

async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file);
  if (bytes.length > FILE_BYTES_MAX) {
    throw unreadable(
      file,
      `the file is larger than the ${FILE_BYTES_MAX / 1_024 / 1_024} MiB that are read; split what it lists`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(file, 'the file is not text in UTF-8; save it as UTF-8', cause);
  }
}

/** At most one byte more than is allowed is read, also of something that has no size, such as a pipe. */
async function readBytes(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file, 'r');
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > FILE_BYTES_MAX) break;
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    throw unreadable(file, explainReading(cause), cause);
  }
}

function explainReading(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such file; check the path that --config or POOLKEEPER_CONFIG gives';
    case 'EISDIR':
      return 'this is a folder; name the file in it';
    case 'EACCES':
    case 'EPERM':
      return 'the file may not be read by this user; change its rights';
    default:
      return `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function unreadable(file: string, message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(file, [{ pointer: '', member: '', line: 1, column: 1, message }], { cause });
}
