import { join } from 'node:path';

/**
 * The pools of a run: one of registered members, two of real processes that the server makes by itself, and one of tubs, in which
 * each holder leaves a mark that a release has to take away (`tub-step.sh`).
 */
export const POOL = { boards: 'boards', fresh: 'fresh', kept: 'kept', tubs: 'tubs' } as const;
export const TUBS = 4;
/** In the folder of the configuration: what steps do, where marks are, and where steps write down what they did. */
export const TUB_FILES = { program: 'tub-step.sh', marks: 'marks', journal: 'steps.log' } as const;
export const BOARDS = 10;
/** Members of each pool of processes. */
export const PROCESSES = 3;
export const PROCESS_POOLS: readonly string[] = [POOL.fresh, POOL.kept];
/** The provider of the processes; its folder in the data directory has this name. */
export const PROCESS_PROVIDER = 'local';

/** The configuration file of the server under test, in this folder. Every JSON text is YAML. */
export function configurationText(folder: string): string {
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
      workflows: tubWorkflows(folder),
      pools: [
        handPool(POOL.boards, 'board', BOARDS),
        tubPool(),
        { ...processes, name: POOL.fresh, recycle: 'replace' },
        { ...processes, name: POOL.kept, recycle: 'clean' },
      ],
    },
    null,
    2,
  );
}

/** A pool of members that the configuration names. */
export function handPool(name: string, kind: string, members: number): object {
  const resources = Array.from({ length: members }, (_, at) => ({ name: `${kind}-${at}` }));
  return { name, kind, provider: 'hand', resources };
}

export function tubPool(): object {
  const on = { allocate: { workflow: 'soil' }, release: { clean: 'wipe', verify: 'look' } };
  return { ...handPool(POOL.tubs, 'tub', TUBS), on };
}

export function tubWorkflows(folder: string): object[] {
  return (['soil', 'wipe', 'look'] as const).map((act) => tubWorkflow(folder, act));
}

/** A look that fails stops the tub for a person; the rest is tried until it is done. */
function tubWorkflow(folder: string, act: 'soil' | 'wipe' | 'look'): object {
  const { program, marks, journal } = TUB_FILES;
  const command = [`./${program}`, act, join(folder, marks), join(folder, journal)];
  const onFailure = act === 'look' ? 'hold' : 'retry';
  return { name: act, steps: [{ name: act, uses: 'exec', with: { command }, timeout: '10s', onFailure }] };
}
