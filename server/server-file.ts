import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The file in the data directory that tells command lines on this machine where the running server is. */
export const SERVER_FILE = 'server.json';
const FILE_MODE = 0o600;

/** Writes the file; disposing removes it. */
export async function announceServer(dataDirectory: string, url: string): Promise<AsyncDisposable> {
  const file = join(dataDirectory, SERVER_FILE);
  await writeFile(file, `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: FILE_MODE });
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}
