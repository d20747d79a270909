import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant } from '@poolkeeper/core';
import type { ReadyCheck } from './template.ts';
import { parseStat } from './process-table.ts';
import type { ProcessIdentity } from './process-table.ts';

/**
 * What has to be known of a process to take it up again, written before it is started. It holds no environment: that may
 * be secret, and is not needed again. Instants and durations are milliseconds.
 */
export type ProcessRecord = {
  readonly version: 1;
  readonly ready: ReadyCheck | null;
  readonly readyTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly port: number;
  readonly startedAt: number;
  /** When it first showed that it serves. */
  readonly readyAt: number | null;
  /** When it was first told to end. */
  readonly stopAskedAt: number | null;
  /** It ended with the server, and is to be started again with it: same port, same working directory. */
  readonly isSuspended?: boolean;
};

/** What the launcher wrote about itself before it became the command: the process that is the resource. */
export type Leader = ProcessIdentity & { readonly port: number };

/** The files of one resource, in a folder that is its own. */
export type ProcessFolder = {
  readonly path: string;
  readonly work: string;
  readonly output: string;
  readonly leader: string;
};

const RECORD_FILE = 'record.json';
/** Only such an id becomes the name of a folder. */
const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const PRIVATE_FOLDER_MODE = 0o700;
const PRIVATE_FILE_MODE = 0o600;
const REMOVE_RETRIES_MAX = 3;

export function isSafeId(id: string): boolean {
  return SAFE_ID.test(id);
}

/** Where the files of a resource are. The id is a safe one. */
export function folderOf(root: string, id: string): ProcessFolder {
  invariant(isSafeId(id), `the id ${JSON.stringify(id)} cannot name a folder`);
  const path = join(root, id);
  return {
    path,
    work: join(path, 'work'),
    output: join(path, 'output.log'),
    leader: join(path, 'leader'),
  };
}

/** The ids of all resources that have a folder. */
export async function listFolders(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && isSafeId(entry.name)).map(({ name }) => name);
}

/**
 * A working directory and no trace of an earlier attempt: an empty one, or the one that a suspended process left. Nothing of
 * the resource may live any more.
 */
export async function makeFolder(folder: ProcessFolder, options: { keepsWork: boolean }): Promise<void> {
  await mkdir(folder.path, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  for (const path of [folder.leader, folder.output, `${folder.output}.1`]) await rm(path, { force: true });
  if (!options.keepsWork) {
    await rm(folder.work, { recursive: true, force: true, maxRetries: REMOVE_RETRIES_MAX });
  }
  await mkdir(folder.work, { recursive: true, mode: PRIVATE_FOLDER_MODE });
}

/** Forgets which process was the resource's. Nothing of it may live any more. */
export async function removeLeader(folder: ProcessFolder): Promise<void> {
  await rm(folder.leader, { force: true });
}

export async function removeFolder(folder: ProcessFolder): Promise<void> {
  await rm(folder.path, { recursive: true, force: true, maxRetries: REMOVE_RETRIES_MAX });
}

/** Replaces the record in one step, so that a crash leaves the old one or the new one. */
export async function writeRecord(folder: ProcessFolder, record: ProcessRecord): Promise<void> {
  const path = join(folder.path, RECORD_FILE);
  await mkdir(folder.path, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  await writeFile(`${path}.new`, `${JSON.stringify(record)}\n`, { mode: PRIVATE_FILE_MODE });
  await rename(`${path}.new`, path);
}

/** The record, or undefined when there is none that can be read: then the process is known by its tag alone. */
export function readRecord(folder: ProcessFolder): ProcessRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(folder.path, RECORD_FILE), 'utf8')) as ProcessRecord;
    return record.version === 1 && Number.isInteger(record.port) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** The process that is the resource, once its launcher wrote itself down completely. */
export function readLeader(folder: ProcessFolder): Leader | undefined {
  let text: string;
  try {
    text = readFileSync(folder.leader, 'utf8');
  } catch {
    return undefined;
  }
  const [bootId, port, ...rest] = text.split(' ');
  const stat = parseStat(rest.join(' '));
  if (!text.endsWith('\n') || stat === undefined || bootId === undefined || stat.pid <= 1) return undefined;
  return { pid: stat.pid, startTime: stat.startTime, bootId, port: Number(port) };
}
