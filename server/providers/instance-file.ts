import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../timers.ts';

const PRIVATE_FOLDER_MODE = 0o700;
const PRIVATE_FILE_MODE = 0o600;

/**
 * The name of one provider of one data directory for all time, made at its first start: by it a provider knows what is its
 * own among what others made in the same place. A copy of the directory must not be opened elsewhere.
 *
 * Shape: 32 hex digits, in the file `instance` of the folder, which is made when it is not there.
 * Errors: `Error` when the file is damaged; those of the file system.
 */
export async function requireInstance(folder: string, random: Random): Promise<string> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  const path = join(folder, 'instance');
  const part = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  try {
    await writeFile(path, `${part()}${part()}${part()}${part()}\n`, { flag: 'wx', mode: PRIVATE_FILE_MODE });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const instance = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{32}$/.test(instance))
    throw new Error(`${path} is damaged: a name of 32 hex digits is needed.`);
  return instance;
}
