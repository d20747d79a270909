import { StoreFailure } from '../contract.ts';

/** SQLite's primary result codes that have a sentence of their own. https://sqlite.org/rescode.html */
const SENTENCES: Record<number, string> = {
  5: 'The database is locked by another program. Close it there, then try again.',
  6: 'The database is locked by another program. Close it there, then try again.',
  8: 'The database cannot be written to. Check the permissions of the data directory.',
  10: 'The disk failed to read or write the database. Check the disk and the log of the system.',
  11: 'The database is damaged. Restore a backup into a new data directory.',
  13: 'The disk is full. Free some space; nothing that was acknowledged is lost.',
  14: 'The database file cannot be opened. Check that it is there, and the permissions of the data directory.',
  26: 'The database file is damaged, or no database at all. Restore a backup into a new data directory.',
};
const PRIMARY_CODE_BITS = 0xff;

/** The system's own codes, for what is done to files without SQLite: what they mean is the same. */
const SAME_AS: Record<string, number> = {
  ENOSPC: 13,
  EDQUOT: 13,
  EIO: 10,
  EACCES: 8,
  EPERM: 8,
  EROFS: 8,
  ENOTDIR: 14,
  EEXIST: 14,
};

/** Says what went wrong without internals; they are in the cause. What is a `StoreFailure` already stays as it is. */
export function asStoreFailure(error: unknown): Error {
  if (error instanceof StoreFailure) return error;
  const { errcode, code } = error as { errcode?: number; code?: string };
  const result = errcode === undefined ? SAME_AS[code ?? ''] : errcode & PRIMARY_CODE_BITS;
  const sentence = result === undefined ? undefined : SENTENCES[result];
  return new StoreFailure(sentence ?? 'The store failed. Its log line says how.', { cause: error });
}
