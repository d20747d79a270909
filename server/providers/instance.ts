import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../timers.ts';
import type { ProviderContext } from './driver.ts';

const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_FOLDER_MODE = 0o700;

/**
 * The name by which a provider knows what it made from what others made at the same place: the world's own where several servers
 * share it, since each of them has to know the same things again, else that of the provider's folder.
 *
 * Errors: those of `requireInstance`, or of what is shared.
 */
export async function instanceOf(
  kind: string,
  name: string,
  context: Pick<ProviderContext, 'dataDirectory' | 'random' | 'sharedInstance'>,
): Promise<string> {
  if (context.sharedInstance !== undefined) return context.sharedInstance(`${kind}/${name}`);
  const folder = join(context.dataDirectory, kind, name);
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  return requireInstance(folder, context.random);
}

/**
 * The name of a provider's folder for all time, made when it is first asked for: what a provider makes bears it, so that it
 * is told from what others made at the same place. A copy of the folder elsewhere must not be opened.
 *
 * Errors: `Error` when the file is damaged; those of the file system.
 */
export async function requireInstance(folder: string, random: Random): Promise<string> {
  const path = join(folder, 'instance');
  try {
    await writeFile(path, `${newInstance(random)}\n`, { flag: 'wx', mode: PRIVATE_FILE_MODE });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const instance = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{32}$/.test(instance))
    throw new Error(`${path} is damaged: a name of 32 hex digits is needed.`);
  return instance;
}

/** A name that nobody has: 32 hex digits. */
export function newInstance(random: Random): string {
  const part = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return `${part()}${part()}${part()}${part()}`;
}
