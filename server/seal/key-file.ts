import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatMasterKey, KEY_BYTES, masterKeyOf, parseMasterKeys } from './master-key.ts';
import type { MasterKey } from './master-key.ts';

/** The file in the data directory with the key that was made at the first start. */
export const MASTER_KEY_FILE = 'master.key';
const FILE_MODE = 0o600;

/** A key file that cannot be used. The message names the file, what is wrong and what to do; never a key. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** The keys of the server, in the order of their use: the first seals, all of them open. */
export type KeysInput = {
  readonly dataDirectory: string;
  /** Keys of the environment; empty where it says none. */
  readonly given: readonly MasterKey[];
  /** A file that the settings name, with a key on each line. */
  readonly file: string | null;
  /** Earlier keys, which only open. */
  readonly earlier: readonly MasterKey[];
};

/**
 * Finds the master keys: those that the settings give, else the file in the data directory, which is made at the first start.
 *
 * The data directory's own key goes on opening what it sealed when another one is given.
 * Errors: `KeyFileError`, those of the disk.
 */
export async function loadMasterKeys(input: KeysInput): Promise<readonly [MasterKey, ...MasterKey[]]> {
  const { dataDirectory, given, file, earlier } = input;
  const own = join(dataDirectory, MASTER_KEY_FILE);
  const said = file === null ? given : [...given, ...(await requireKeys(file))];
  const kept = await readKeys(own);
  const [current, ...others] = [...said, ...(kept ?? [])];
  const all = [current ?? (await makeKeyFile(own)), ...others, ...earlier] as const;
  const [first, ...rest] = all;
  return [first, ...rest.filter(({ id }, index) => all.findIndex((key) => key.id === id) === index + 1)];
}

async function requireKeys(file: string): Promise<readonly MasterKey[]> {
  const keys = await readKeys(file);
  if (keys !== undefined) return keys;
  throw new KeyFileError(
    `The master key file ${file} is not there. Correct the path in --master-key-file or POOLKEEPER_MASTER_KEY_FILE.`,
  );
}

/** Undefined where there is no such file. */
async function readKeys(file: string): Promise<readonly MasterKey[] | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new KeyFileError(`The master key file ${file} cannot be read. Check its rights.`, { cause });
  }
  const keys = parseMasterKeys(text);
  if (keys !== undefined) return keys;
  throw new KeyFileError(
    `The master key file ${file} holds no key. It needs ${KEY_BYTES} bytes in base64 or hex on each line, the current key first. ` +
      'Put the right file there; a new key would not open the secrets that are sealed with the old one.',
  );
}

/** Whole or not at all, durable before it is used, and never in the place of one that is there. */
async function makeKeyFile(file: string): Promise<MasterKey> {
  const key = masterKeyOf(randomBytes(KEY_BYTES));
  const draft = `${file}.${process.pid}.draft`;
  await rm(draft, { force: true });
  const handle = await open(draft, 'wx', FILE_MODE);
  try {
    await handle.writeFile(`${formatMasterKey(key)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  const directory = await open(dirname(file), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  return key;
}
