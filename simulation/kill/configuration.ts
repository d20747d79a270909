import { join } from 'node:path';

/** The pools of a run: one of registered members, and two of real processes that the server makes by itself. */
export const POOL = { boards: 'boards', fresh: 'fresh', kept: 'kept' } as const;
export const BOARDS = 10;
/** Members of each pool of processes. */
export const PROCESSES = 3;
export const PROCESS_POOLS: readonly string[] = [POOL.fresh, POOL.kept];
/** The provider of the processes; its folder in the data directory has this name. */
export const PROCESS_PROVIDER = 'local';

/** The configuration file of the server under test. Every JSON text is YAML. */
export function configurationText(): string {
  const template = {
    command: [process.execPath, join(import.meta.dirname, 'leased-server.js')],
    ready: { http: '/' },
    stopTimeout: '2s',
  };
  const processes = { kind: 'machine', provider: PROCESS_PROVIDER, size: { desired: PROCESSES }, template };
  return JSON.stringify(
    {
      providers: [
        { name: PROCESS_PROVIDER, driver: 'process' },
        { name: 'hand', driver: 'static' },
      ],
      pools: [
        {
          name: POOL.boards,
          kind: 'board',
          provider: 'hand',
          resources: Array.from({ length: BOARDS }, (_, at) => ({ name: `board-${at}` })),
        },
        { ...processes, name: POOL.fresh, recycle: 'replace' },
        { ...processes, name: POOL.kept, recycle: 'clean' },
      ],
    },
    null,
    2,
  );
}
