import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { percentile } from './statistics.ts';

const FSYNC_ROUNDS = 300;
const FSYNC_BYTES = 4_096;

/** What the figures hang on besides the code. */
export type Machine = {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** The commit that was measured; null outside of a checkout. */
  readonly commit: string | null;
  readonly fsyncMs: { readonly p50: number; readonly p99: number };
};

/** Looks at the machine; `directory` is where the stores of this run lie. */
export function describeMachine(directory: string): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.version,
    commit: findCommit(),
    fsyncMs: measureFsync(directory),
  };
}

/** Runnable processes over the last minute: more than this bench makes means that somebody else uses the machine. */
export function loadAverage(): number {
  return loadavg()[0] ?? 0;
}

/**
 * How long a page that is appended to a file takes to be durable, in milliseconds.
 *
 * Every figure of a durable change hangs on it: a disk that answers from a cache flatters them all.
 */
function measureFsync(directory: string): Machine['fsyncMs'] {
  const file = join(directory, 'fsync-probe');
  const page = Buffer.alloc(FSYNC_BYTES, 1);
  const times: number[] = [];
  const descriptor = openSync(file, 'w');
  try {
    for (let round = 0; round < FSYNC_ROUNDS; round += 1) {
      writeSync(descriptor, page);
      const startedAt = performance.now();
      fsyncSync(descriptor);
      times.push(performance.now() - startedAt);
    }
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

function findCommit(): string | null {
  try {
    const found = execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=9'], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    });
    return found.trim();
  } catch {
    return null;
  }
}
