import type { MemoryDisk } from './memory-disk.ts';

/** Those who want to hear of each disk. Beside the disk, which is what outlives them. */
const LISTENERS = new WeakMap<MemoryDisk, Set<() => void>>();

/** Calls back after each change of the disk that the other stores on it should know of. */
export function watchDisk(disk: MemoryDisk, onNews: () => void): Disposable {
  const listeners = LISTENERS.get(disk) ?? new Set();
  LISTENERS.set(disk, listeners.add(onNews));
  return { [Symbol.dispose]: () => void listeners.delete(onNews) };
}

/** Tells of a change once the one who made it has gone on. */
export function tellNews(disk: MemoryDisk): void {
  const listeners = LISTENERS.get(disk);
  if (listeners === undefined || listeners.size === 0) return;
  void Promise.resolve().then(() => {
    for (const listener of listeners) listener();
  });
}
