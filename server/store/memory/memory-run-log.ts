import type { RunLogStore } from '../run-log-contract.ts';
import type { MemoryDisk } from './memory-disk.ts';

/** The log of runs on a disk in memory. `open` answers the disk, or fails once the store is closed. */
export function memoryRunLog(open: () => MemoryDisk): RunLogStore {
  return {
    async append(entries) {
      const disk = open();
      const known = new Set(disk.runLog.map(({ run, seq }) => `${run}/${seq}`));
      for (const entry of entries) {
        if (!known.has(`${entry.run}/${entry.seq}`)) disk.runLog.push({ ...entry });
      }
    },
    async read({ run, after, limit }) {
      return open()
        .runLog.filter((entry) => entry.run === run && entry.seq > after)
        .toSorted((a, b) => a.seq - b.seq)
        .slice(0, limit);
    },
    async endOf(run) {
      const entries = open().runLog.filter((entry) => entry.run === run);
      const { seq, total } = entries.reduce((last, entry) => (entry.seq > last.seq ? entry : last), {
        seq: 0,
        total: 0,
      });
      return { seq, total };
    },
  };
}

/** Forgets those of the `limit` oldest entries that were written before the instant; answers how many. */
export function pruneRunLog(disk: MemoryDisk, { before, limit }: { before: number; limit: number }): number {
  const forgotten = new Set(disk.runLog.slice(0, limit).filter(({ at }) => at < before));
  disk.runLog = disk.runLog.filter((entry) => !forgotten.has(entry));
  return forgotten.size;
}
