import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { ConfigurationError, faultOfFile } from './configuration-error.ts';
import type { ConfigurationFault } from './configuration-error.ts';
import { parseConfigurationText } from './merge-files.ts';
import type { ConfigurationText, SourceText } from './merge-files.ts';
import type { Environment } from './variables.ts';

/** Bytes of all files together. */
export const FILE_BYTES_MAX = 10 * 1_024 * 1_024;
const FILES_MAX = 1_000;
/** The name of what is read from standard input. */
export const STANDARD_INPUT = '-';
const EXTENSIONS = /\.(ya?ml|json)$/i;

/**
 * Reads configuration files and folders as one configuration. Of a folder, its `.yaml`, `.yml` and `.json` files are taken in
 * the order of their names, hidden ones and those in folders below left out. `-` is standard input.
 *
 * `paths` are relative to the working directory; faults repeat them as they were given.
 * Errors: `ConfigurationError` with every file that cannot be read, or everything that `parseConfigurationText` finds wrong.
 */
export async function readConfigurationFiles(
  paths: readonly string[],
  environment: Environment,
): Promise<ConfigurationText> {
  const faults: ConfigurationFault[] = [];
  const collect = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const files: string[] = [];
  for (const path of paths) files.push(...((await collect(() => filesAt(path))) ?? []));
  const sources: SourceText[] = [];
  let left = FILE_BYTES_MAX;
  for (const file of files) {
    const bytes = await collect(() => readBytes(file, left));
    if (bytes === undefined) continue;
    left -= bytes.length;
    const text = await collect(async () => decode(file, bytes));
    if (text !== undefined) sources.push({ file, text });
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return parseConfigurationText(sources, environment);
}

async function filesAt(path: string): Promise<string[]> {
  if (path === STANDARD_INPUT || !(await isFolder(path))) return [path];
  const names = (await readdir(path)).filter((name) => EXTENSIONS.test(name) && !name.startsWith('.'));
  if (names.length === 0)
    throw unreadable(path, 'the folder has no .yaml, .yml or .json file; name a file, or another folder');
  if (names.length > FILES_MAX)
    throw unreadable(path, `the folder has more than ${FILES_MAX} files; name fewer`);
  return names.toSorted().map((name) => join(path, name));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw unreadable(path, explainReading(cause), cause);
  }
}

/** At most one byte more than is allowed is read, also of something that has no size, such as a pipe. */
async function readBytes(file: string, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    await using handle = file === STANDARD_INPUT ? undefined : await open(file, 'r');
    const stream = handle?.createReadStream({ autoClose: false }) ?? process.stdin;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bytesMax) break;
    }
  } catch (cause) {
    throw unreadable(file, explainReading(cause), cause);
  }
  if (size <= bytesMax) return Buffer.concat(chunks);
  throw unreadable(
    file,
    `the configuration is larger than the ${FILE_BYTES_MAX / 1_024 / 1_024} MiB that are read; split what it lists`,
  );
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(file, 'the file is not text in UTF-8; save it as UTF-8', cause);
  }
}

function explainReading(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such file or folder; check the path';
    case 'EACCES':
    case 'EPERM':
      return 'it may not be read by this user; change its rights';
    default:
      return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function unreadable(file: string, message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError([faultOfFile(file, message)], { cause });
}
