import { open, stat, truncate, writeFile } from 'node:fs/promises';

/** A log file grows to this size before it is cut, in bytes. */
export const LOG_SIZE_MAX = 1_048_576;
/** How much of its end is kept beside it when it is cut, in bytes. */
const KEPT_SIZE = 262_144;
/** How much of the end is looked at for advice, in bytes, and how many lines of it are given. */
const ADVICE_SIZE = 4_096;
const ADVICE_LINES_MAX = 6;
const LOG_MODE = 0o600;
/** Colours and other control characters of terminals. */
// oxlint-disable-next-line no-control-regex -- these characters are what it looks for
const CONTROL = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g;
const STACK_FRAME = /^\s+at /;

/**
 * Cuts a log file that grew beyond `LOG_SIZE_MAX`; its end is kept in `<path>.1`. The process goes on writing meanwhile:
 * it appends, so it goes on at the new end, and what it writes between the two steps is lost.
 *
 * Errors: none when there is no file; else those of the file system.
 */
export async function boundLog(path: string): Promise<void> {
  const size = await sizeOf(path);
  if (size <= LOG_SIZE_MAX) return;
  await writeFile(`${path}.1`, await readEnd(path, KEPT_SIZE), { mode: LOG_MODE });
  await truncate(path, 0);
}

/** The last whole lines that a process wrote, as advice for people: bounded, in plain text, without stack frames. */
export async function lastLines(path: string): Promise<string> {
  if ((await sizeOf(path)) === 0) return '';
  const end = await readEnd(path, ADVICE_SIZE);
  // A line whose beginning is missing is left out: a secret can be recognized and masked as a whole only.
  const whole = end.length < ADVICE_SIZE ? end : end.subarray(end.indexOf('\n') + 1);
  return whole
    .toString('utf8')
    .replaceAll(CONTROL, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !STACK_FRAME.test(line))
    .slice(-ADVICE_LINES_MAX)
    .join('\n');
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function readEnd(path: string, length: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const buffer = Buffer.alloc(Math.min(length, size));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length);
  return buffer.subarray(0, bytesRead);
}
