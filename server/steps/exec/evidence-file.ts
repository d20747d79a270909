import type { Json, JsonObject } from '@poolkeeper/core';
import { lstat, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a program may show for its outcome. Bytes. */
export const EVIDENCE_BYTES_MAX = 4_096;

/** A file that a program may write its evidence to, in a folder of its own. Disposing removes both. */
export type EvidenceFile = AsyncDisposable & {
  readonly path: string;
  /** What it holds; null where nothing was written. `fault`: why what was written is left out. */
  read(): Promise<{ readonly evidence: JsonObject | null; readonly fault: string | null }>;
};

export async function openEvidenceFile(): Promise<EvidenceFile> {
  const folder = await mkdtemp(join(tmpdir(), 'poolkeeper-step-'));
  const path = join(folder, 'evidence.json');
  return {
    path,
    read: () => readEvidence(path),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function readEvidence(path: string): ReturnType<EvidenceFile['read']> {
  const stat = await lstat(path).catch(() => null);
  if (stat === null) return { evidence: null, fault: null };
  if (!stat.isFile()) return { evidence: null, fault: 'it is no plain file' };
  if (stat.size > EVIDENCE_BYTES_MAX) {
    return { evidence: null, fault: `it is larger than ${EVIDENCE_BYTES_MAX / 1_024} KiB` };
  }
  await using file = await open(path);
  const buffer = Buffer.alloc(EVIDENCE_BYTES_MAX);
  const { bytesRead } = await file.read(buffer, 0, EVIDENCE_BYTES_MAX, 0);
  const text = buffer.toString('utf8', 0, bytesRead);
  if (text.trim() === '') return { evidence: null, fault: null };
  const value = parse(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject
    ? { evidence: value as JsonObject, fault: null }
    : { evidence: null, fault: 'it is no JSON object' };
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
