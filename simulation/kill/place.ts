import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DATABASE_FILE } from '../../server/store/sqlite/backup.ts';
import { configurationText, TUB_FILES } from './configuration.ts';
import type { ServerOptions } from './server-process.ts';
import { findFreePort } from './server-process.ts';

/** Pino's number for an error; what is above it is worse. */
const LEVEL_ERROR = 50;

/** Where one run lives: a folder with the data directory that every server of the run takes up again. */
export type Place = ServerOptions & { readonly folder: string };

export async function makePlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-kill-'));
  const place = {
    folder,
    configuration: join(folder, 'poolkeeper.yaml'),
    data: join(folder, 'data'),
    output: join(folder, 'output.log'),
    port: await findFreePort(),
    token: `pk_${randomBytes(32).toString('base64url')}`,
  };
  mkdirSync(place.data, { mode: 0o700 });
  writeFileSync(place.configuration, configurationText(folder));
  copyFileSync(join(import.meta.dirname, TUB_FILES.program), join(folder, TUB_FILES.program));
  writeFileSync(join(folder, TUB_FILES.journal), '');
  return place;
}

/** What SQLite finds wrong with the database of a server that ended; nothing wrong is an empty list. */
export function findDamage(place: Place): string[] {
  using database = new DatabaseSync(join(place.data, DATABASE_FILE));
  const rows = database.prepare('pragma integrity_check').all() as { integrity_check: string }[];
  return rows.map(({ integrity_check: line }) => line).filter((line) => line !== 'ok');
}

/** Lines of the server's output that tell of an error, or that are no log line at all. */
export function findErrors(place: Place): string[] {
  const lines = readFileSync(place.output, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && isError(line));
}

function isError(line: string): boolean {
  try {
    const { level } = JSON.parse(line) as { level?: number | string };
    return typeof level === 'number' ? level >= LEVEL_ERROR : level === 'error' || level === 'fatal';
  } catch {
    // A kill in the middle of a line leaves the half of it; a stack trace is no log line.
    return /^\s+at |Error\b/.test(line);
  }
}
