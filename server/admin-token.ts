import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Keeper } from './keeper/contract.ts';
import { hashSecret, newSecret } from './http/secrets.ts';

/** The file in the data directory that holds the first admin token. */
export const ADMIN_TOKEN_FILE = 'admin.token';
const ADMIN_NAME = 'admin';
const FILE_MODE = 0o600;

/**
 * Sees to it that somebody can administer the server: the token that the environment gives, or one that is made at the first
 * start and written to the data directory.
 *
 * Shape: answers the path of the file, or null where the environment gave the token. Errors: those of the keeper and the disk.
 */
export async function ensureAdminToken(
  keeper: Keeper,
  input: { dataDirectory: string; given: string | undefined },
): Promise<string | null> {
  const file = join(input.dataDirectory, ADMIN_TOKEN_FILE);
  const known = await keeper.read((world) => world.tokens.get(world.tokenByName.get(ADMIN_NAME) ?? ''));
  if (input.given !== undefined) {
    const hash = hashSecret(input.given);
    if (known?.hash === hash) return null;
    if (known !== undefined) await keeper.ask({ type: 'revokeToken', token: known.id });
    await createAdmin(keeper, hash);
    return null;
  }
  if (known !== undefined) return file;
  const hasAdmin = await keeper.read((world) =>
    [...world.tokens.values()].some(({ role }) => role === 'admin'),
  );
  if (hasAdmin) return null;
  // Written before it is let in: a crash between the two leaves a file that the next start reads again.
  const secret = (await readSecret(file)) ?? newSecret();
  await writeFile(file, `${secret}\n`, { mode: FILE_MODE });
  await createAdmin(keeper, hashSecret(secret));
  return file;
}

async function readSecret(file: string): Promise<string | undefined> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

async function createAdmin(keeper: Keeper, hash: string): Promise<void> {
  await keeper.ask({
    type: 'createToken',
    name: ADMIN_NAME,
    hash,
    role: 'admin',
    pools: null,
    quota: {},
    expiresAt: null,
  });
}
