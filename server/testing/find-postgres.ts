import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { getuid, stderr } from 'node:process';
import type { RealParts } from './real-parts.ts';

const VERSION_MIN = 14;
/** Debian has the server's programs here, one directory for each version, and not in anybody's path. */
const DEBIAN = '/usr/lib/postgresql';
const PROGRAMS = ['initdb', 'pg_ctl', 'pg_basebackup'] as const;
/** Who runs the server where tests run as root: PostgreSQL refuses to be root. */
const SERVER_USER = 'postgres';

/** Where the programs of the server are, and as whom they run; null is the user that runs the tests. */
export type PostgresPrograms = { readonly folder: string; readonly user: string | null };

/** Is PostgreSQL here? For `describe.skipIf`. */
export function lookForPostgres(): RealParts {
  const found = findPostgres();
  if (typeof found !== 'string') return { areMissing: false, reason: '' };
  stderr.write(`tests of real parts are skipped here: ${found}\n`);
  return { areMissing: true, reason: ` (${found})` };
}

/** The newest PostgreSQL of this machine; a text says what is missing. */
export function findPostgres(): PostgresPrograms | string {
  const folder = [...debianFolders(), ...(process.env['PATH'] ?? '').split(delimiter)].find(isUsable);
  if (folder === undefined) return `needs the server of PostgreSQL ${VERSION_MIN} or later: postgresql`;
  if (getuid?.() !== 0) return { folder, user: null };
  return hasUser(SERVER_USER)
    ? { folder, user: SERVER_USER }
    : `needs the user ${SERVER_USER}, since PostgreSQL does not run as root: postgresql`;
}

function debianFolders(): string[] {
  try {
    return readdirSync(DEBIAN)
      .toSorted((a, b) => Number(b) - Number(a))
      .map((version) => join(DEBIAN, version, 'bin'));
  } catch {
    return [];
  }
}

function isUsable(folder: string): boolean {
  try {
    for (const program of PROGRAMS) accessSync(join(folder, program), constants.X_OK);
    const version = execFileSync(join(folder, 'pg_ctl'), ['--version'], { encoding: 'utf8' });
    return Number(/(\d+)/.exec(version)?.[1]) >= VERSION_MIN;
  } catch {
    return false;
  }
}

function hasUser(name: string): boolean {
  try {
    execFileSync('id', ['-u', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
