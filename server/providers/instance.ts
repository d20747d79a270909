import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../timers.ts';

const PRIVATE_FILE_MODE = 0o600;

/**
 * The name of a provider's folder for all time, made when it is first asked for: what a provider makes bears it, so that it
 * is told from what others made at the same place. A copy of the folder elsewhere must not be opened.
 *
 * Errors: `Error` when the file is damaged; those of the file system.
 */
export async function requireInstance(folder: string, random: Random): Promise<string> {
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
